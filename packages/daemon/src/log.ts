import { appendFileSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { ErrorCode, ErrorDomain, LevelLog, LibvirtError, type Log, type LogLevel } from '@virtkit/core';

const LEVELS: readonly LogLevel[] = ['debug', 'info', 'warning', 'error'];

/** libvirt's numbers: 1 debug … 4 error. */
const numberOf = (level: LogLevel): number => LEVELS.indexOf(level) + 1;

export interface LogSettings {
  readonly log_level: number;
  readonly log_filters: string | undefined;
  readonly log_outputs: string | undefined;
}

interface Output {
  readonly level: number;
  write(line: string): void;
}

/** The daemon's log: levels by source, several outputs, changed while running. */
export class DaemonLog {
  readonly root: Log;
  #level = 3;
  #filters: { readonly level: number; readonly source: string }[] = [];
  #outputs: Output[] = [];
  #outputsText = '';

  constructor(private readonly stderr: (line: string) => void = (line) => void process.stderr.write(line)) {
    this.root = new LevelLog(
      (level, source, message, context) => this.#line(level, source, message, context),
      () => 'debug',
      'daemon',
    );
    this.apply({ log_level: 3, log_filters: undefined, log_outputs: undefined });
  }

  /** Raises CONF_SYNTAX for text that is not understood; then nothing changes. */
  apply({ log_level, log_filters, log_outputs }: LogSettings): void {
    const filters = parseFilters(log_filters ?? '');
    const outputs = this.#parseOutputs(log_outputs ?? '1:stderr');
    this.#level = log_level;
    this.#filters = filters;
    this.#outputs = outputs;
    this.#outputsText = log_outputs ?? '1:stderr';
  }

  get level(): number {
    return this.#level;
  }

  get filters(): string {
    return this.#filters.map(({ level, source }) => `${level}:${source}`).join(' ');
  }

  get outputs(): string {
    return this.#outputsText;
  }

  #line(level: LogLevel, source: string, message: string, context: Readonly<Record<string, unknown>>): void {
    const number = numberOf(level);
    const filter = this.#filters.find((one) => source.includes(one.source));
    if (number < (filter?.level ?? this.#level)) return;
    let line = `${new Date().toISOString()} ${level} ${source}: ${message}`;
    for (const [key, value] of Object.entries(context)) line += ` ${key}=${quoted(value)}`;
    for (const output of this.#outputs) if (number >= output.level) output.write(`${line}\n`);
  }

  /** A full disk must not end the daemon: what cannot be written to its file goes to stderr. */
  #append(path: string, line: string): void {
    try {
      appendFileSync(path, line);
    } catch (error) {
      this.stderr(`cannot write to ${path} (${(error as Error).message}): ${line}`);
    }
  }

  #parseOutputs(text: string): Output[] {
    return words(text).map((word) => {
      const [level, kind, ...rest] = word.split(':');
      const number = Number(level);
      if (!(number >= 1 && number <= 4)) throw bad('log_outputs', word, 'begin with a level from 1 to 4');
      if (kind === 'stderr') return { level: number, write: this.stderr };
      const path = rest.join(':');
      if (kind !== 'file' || path === '') throw bad('log_outputs', word, 'be LEVEL:stderr or LEVEL:file:PATH');
      mkdirSync(dirname(path), { recursive: true });
      return { level: number, write: (line) => this.#append(path, line) };
    });
  }
}

function parseFilters(text: string): { level: number; source: string }[] {
  return words(text).map((word) => {
    const match = /^([1-4]):(\S+)$/.exec(word);
    if (match === null) throw bad('log_filters', word, 'be LEVEL:SOURCE, with a level from 1 to 4');
    return { level: Number(match[1]), source: match[2]! };
  });
}

const words = (text: string): string[] => text.split(/\s+/).filter((word) => word !== '');

const bad = (setting: string, word: string, what: string): LibvirtError =>
  new LibvirtError(ErrorCode.CONF_SYNTAX, ErrorDomain.CONF, `${setting}: '${word}' must ${what}`);

function quoted(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));
  return /[\s"]/.test(text) ? JSON.stringify(text) : text;
}
