import type { BigIntStats, StatsFs } from 'node:fs';
import type { Awaitable } from '@virtkit/core/driver';

/** What is in a folder; Dirent in brief. */
export interface Entry {
  readonly name: string;
  isFile(): boolean;
}

/** An open file; a FileHandle in brief. */
export interface OpenFile {
  stat(options: { readonly bigint: true }): Awaitable<BigIntStats>;
  truncate(size: number): Awaitable<void>;
  chown(uid: number, gid: number): Awaitable<void>;
  chmod(mode: number): Awaitable<void>;
  /** Nothing that was written is lost with the power. */
  sync(): Awaitable<void>;
  close(): Awaitable<void>;
}

/** A part of a file. */
export interface Range {
  readonly at: number;
  readonly length: number;
}

/** Reads parts of a file, as many as it wants to know; each is shorter where the file ends, and gone with the next. */
export type Inspection<T> = Generator<Range, T, Buffer>;

/** How long a file must have been left alone, in nanoseconds, until its next change is certain to show in its times. */
export const Grain = {
  /** Each look at a file makes its next change show. */
  NONE: 0n,
  /** Some ticks of the clock that stamps files. */
  TICKS: 50_000_000n,
  /** What coarse file systems and other machines may take. */
  COARSE: 3_000_000_000n,
} as const;
export type Grain = (typeof Grain)[keyof typeof Grain];

/**
 * How the files of a pool are looked at: at once where that never waits for another machine, else by promises, each of
 * which takes another thread. Who asks awaits the answer and need not know. All raise what the system raises.
 */
export interface Files {
  /** Looking at a plain file of this machine answers at once. */
  readonly local: boolean;
  readonly grain: Grain;
  /** Links are followed. */
  stat(path: string): Awaitable<BigIntStats>;
  /** {@link stat} of the folder that is the pool. */
  folder(path: string): Awaitable<BigIntStats>;
  space(path: string): Awaitable<StatsFs>;
  entries(path: string): Awaitable<readonly Entry[]>;
  open(path: string, flags: number, mode?: number): Awaitable<OpenFile>;
  inspect<T>(path: string, inspection: () => Inspection<T>): Awaitable<T>;
  unlink(path: string): Awaitable<void>;
}

/** Decides how the files at a path are looked at, each time that the pool there is read anew. */
export type FilesAt = (path: string) => Awaitable<Files>;
