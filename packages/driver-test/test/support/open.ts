import { readFileSync } from 'node:fs';
import { type Connect, type GivenDriver, Host } from '@virtkit/core';
import type { Clock, FunctionName } from '@virtkit/core/driver';
import { LibvirtError } from '@virtkit/core/util';
import driver from '../../src/index.js';

/** Time that only moves when it is told to. */
export class ManualClock implements Clock {
  #now: number;
  #waiting: { at: number; callback: () => void }[] = [];

  constructor(now = 1_700_000_000_000) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  monotonic(): bigint {
    return BigInt(this.#now) * 1_000_000n;
  }

  schedule(ms: number, callback: () => void): () => void {
    const entry = { at: this.#now + ms, callback };
    this.#waiting.push(entry);
    return () => void (this.#waiting = this.#waiting.filter((other) => other !== entry));
  }

  /** How many callbacks wait. */
  get pending(): number {
    return this.#waiting.length;
  }

  advance(ms: number): void {
    this.#now += ms;
    const due = this.#waiting.filter(({ at }) => at <= this.#now);
    this.#waiting = this.#waiting.filter(({ at }) => at > this.#now);
    for (const { callback } of due) callback();
  }
}

const { virtkit: manifest } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  readonly virtkit: GivenDriver['manifest'];
};

export function testHost(options: Readonly<Record<string, unknown>> = {}, clock?: Clock): Promise<Host> {
  return Host.create({
    drivers: [{ module: driver, manifest, options }],
    config: { drivers: [] },
    ...(clock === undefined ? {} : { clock }),
  });
}

/** Calls by the names of libvirt's driver tables: what comes back is what the driver answered. */
export function callerOf(connect: Connect) {
  return (name: FunctionName, self?: object | null, ...args: unknown[]): unknown =>
    connect.call(name, self ?? undefined, args);
}

/** What a call raised: code, domain and message in short, or 'ok'. */
export function outcome(work: () => unknown): string {
  try {
    const result = work();
    if (result instanceof Promise) throw new TypeError('the driver answered with a promise');
    return 'ok';
  } catch (error) {
    if (!(error instanceof LibvirtError)) throw error;
    return `${error.code}/${error.domain} ${error.message}`;
  }
}

export const domainXml = (name: string, { uuid = '', more = '', devices = '' } = {}): string =>
  `<domain type='test'><name>${name}</name>${uuid && `<uuid>${uuid}</uuid>`}<memory>131072</memory>
  <vcpu current='1'>4</vcpu><os><type>hvm</type></os>${more}<devices>${devices}</devices></domain>`;

export const DISKS = `<disk type='file' device='disk'><source file='/x'/><target dev='vda' bus='virtio'/></disk>
  <disk type='file' device='cdrom'><target dev='sda' bus='sata'/></disk>
  <disk type='file' device='disk'><source file='/y'/><target dev='vdb' bus='virtio'/></disk>`;
