import { prettySize } from './units.js';

const WIDTH = 30;

/** A bar on a terminal, nothing elsewhere. `total` undefined means not known. */
export class Progress {
  readonly #stream: NodeJS.WriteStream;
  readonly #label: string;
  readonly #total: bigint | undefined;
  #done = 0n;
  #drawnAt = 0;
  #drawn = false;

  constructor(stream: NodeJS.WriteStream, label: string, total: bigint | undefined) {
    this.#stream = stream;
    this.#label = label;
    this.#total = total === 0n ? undefined : total;
  }

  get done(): bigint {
    return this.#done;
  }

  add(bytes: number): void {
    this.#done += BigInt(bytes);
    const now = performance.now();
    if (!this.#stream.isTTY || now - this.#drawnAt < 100) return;
    this.#drawnAt = now;
    this.#draw();
  }

  #draw(): void {
    this.#drawn = true;
    const total = this.#total;
    if (total === undefined) {
      this.#stream.write(`\r${this.#label} ${prettySize(this.#done)}\u001b[K`);
      return;
    }
    const part = Math.min(1, Number(this.#done) / Number(total));
    const full = Math.round(part * WIDTH);
    const bar = '█'.repeat(full) + '░'.repeat(WIDTH - full);
    const percent = `${Math.floor(part * 100)}`.padStart(3);
    this.#stream.write(`\r${this.#label} ${bar} ${percent}% ${prettySize(this.#done)} of ${prettySize(total)}\u001b[K`);
  }

  /** Removes the bar. */
  end(): void {
    if (this.#drawn) this.#stream.write('\r\u001b[K');
  }
}
