import type { Log, LogLevel } from '../../driver/index.js';

const ORDER: readonly LogLevel[] = ['debug', 'info', 'warning', 'error'];

/** Where log lines go. */
export type LogSink = (
  level: LogLevel,
  source: string,
  message: string,
  context: Readonly<Record<string, unknown>>,
) => void;

/** A log with a threshold, in front of a sink. */
export class LevelLog implements Log {
  readonly #sink: LogSink;
  readonly #threshold: () => LogLevel;
  readonly #source: string;

  /** `threshold` is asked at each line, so that it may change while running. */
  constructor(sink: LogSink, threshold: () => LogLevel, source = 'virtkit') {
    this.#sink = sink;
    this.#threshold = threshold;
    this.#source = source;
  }

  log(level: LogLevel, message: string, context: Readonly<Record<string, unknown>> = {}): void {
    if (ORDER.indexOf(level) >= ORDER.indexOf(this.#threshold())) this.#sink(level, this.#source, message, context);
  }
  debug(message: string, context?: Readonly<Record<string, unknown>>): void {
    this.log('debug', message, context);
  }
  info(message: string, context?: Readonly<Record<string, unknown>>): void {
    this.log('info', message, context);
  }
  warning(message: string, context?: Readonly<Record<string, unknown>>): void {
    this.log('warning', message, context);
  }
  error(message: string, context?: Readonly<Record<string, unknown>>): void {
    this.log('error', message, context);
  }
  child(source: string): Log {
    return new LevelLog(this.#sink, this.#threshold, source);
  }
}

/** Warnings and errors to stderr, one line each. */
export function stderrLog(threshold: LogLevel = 'warning'): Log {
  return new LevelLog(
    (level, source, message, context) => {
      const rest = Object.entries(context).map(([key, value]) => ` ${key}=${String(value)}`);
      process.stderr.write(`${new Date().toISOString()} ${level} ${source}: ${message}${rest.join('')}\n`);
    },
    () => threshold,
  );
}
