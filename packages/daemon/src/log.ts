import { appendFileSync, closeSync, existsSync, mkdirSync, openSync } from 'node:fs';
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

interface Filter {
  readonly level: number;
  readonly source: string;
  readonly matches: RegExp;
}

interface Output {
  readonly level: number;
  write(line: string): void;
}

/** The daemon's log: levels by source, several outputs, changed while running. */
export class DaemonLog {
  readonly root: Log;
  #level = 3;
  #filters: Filter[] = [];
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

  /** Raises INVALID_ARG for text that is not understood, SYSTEM_ERROR for files that cannot be written; nothing changes then. */
  apply({ log_level, log_filters, log_outputs }: LogSettings): void {
    const filters = parseFilters(log_filters ?? '');
    const text = log_outputs?.trim() || `${log_level}:stderr`;
    const outputs = this.#parseOutputs(text);
    this.#level = log_level;
    this.#filters = filters;
    this.#outputs = outputs;
    this.#outputsText = text;
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
    const filter = this.#filters.find((one) => one.matches.test(source));
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
      const [level = '', kind, ...rest] = word.split(':');
      if (kind === undefined) throw bad(`Malformed format for log output '${word}'`, 'LEVEL:stderr, LEVEL:file:PATH');
      const number = levelOf(level, `log output '${word}'`, 'Invalid log priority');
      if (kind === 'stderr') return { level: number, write: this.stderr };
      if (kind === 'syslog' || kind === 'journald')
        throw bad(
          `Log output '${word}' does not meet the format requirements for destination type '${kind}'`,
          'the service manager passes on what goes to stderr',
        );
      if (kind !== 'file') throw bad(`Invalid log destination '${kind}' for log output '${word}'`, 'stderr, file:PATH');
      const path = rest.join(':');
      if (path === '')
        throw bad(
          `Log output '${word}' does not meet the format requirements for destination type 'file'`,
          'file:PATH',
        );
      openable(path);
      return { level: number, write: (line) => this.#append(path, line) };
    });
  }
}

/** The folder is made where only the last part is missing. */
function openable(path: string): void {
  try {
    if (existsSync(dirname(dirname(path)))) mkdirSync(dirname(path), { recursive: true });
    closeSync(openSync(path, 'a', 0o600));
  } catch (error) {
    throw LibvirtError.system(ErrorDomain.NONE, `failed to open ${path}`, error);
  }
}

function parseFilters(text: string): Filter[] {
  return words(text).map((word) => {
    const colon = word.indexOf(':');
    if (colon < 0) throw bad(`Malformed format for filter '${word}'`, 'LEVEL:SOURCE');
    const level = levelOf(word.slice(0, colon), `filter '${word}'`, 'Invalid priority');
    const given = word.slice(colon + 1);
    if (given === '') throw bad("Invalid match string ''", 'the source of messages, such as rpc');
    // As libvirt has it, a part of the name will do.
    const source = given.includes('*') ? given : `*${given}*`;
    const pattern = source.split('*').map((part) => part.replace(/[\\^$.+?()[\]{}|]/g, '\\$&'));
    return { level, source, matches: new RegExp(`^${pattern.join('.*')}$`) };
  });
}

function levelOf(text: string, where: string, what: string): number {
  const level = Number(text);
  if (!(level >= 1 && level <= 4)) throw bad(`${what} '${text}' for ${where}`, '1 debug, 2 info, 3 warning, 4 error');
  return level;
}

const words = (text: string): string[] => text.split(/\s+/).filter((word) => word !== '');

const bad = (what: string, instead: string): LibvirtError =>
  new LibvirtError(ErrorCode.INVALID_ARG, ErrorDomain.NONE, `${what} (${instead})`);

function quoted(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));
  return /[\s"]/.test(text) ? JSON.stringify(text) : text;
}
