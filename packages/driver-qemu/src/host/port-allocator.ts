import { createServer } from 'node:net';
import { internalError } from '../errors.js';

/** virPortAllocator: TCP ports of this host for guests, none given twice. */
export class PortAllocator {
  readonly #taken = new Set<number>();

  constructor(
    private readonly name: string,
    private readonly first: number,
    private readonly last: number,
  ) {}

  /** A port that nobody listens on now; it stays taken until it is released. */
  async acquire(): Promise<number> {
    for (let port = this.first; port <= this.last; port++) {
      if (this.#taken.has(port)) continue;
      this.#taken.add(port);
      if (await isFree(port)) return port;
      this.#taken.delete(port);
    }
    throw internalError(`Unable to find an unused port in range '${this.name}' (${this.first}-${this.last})`);
  }

  /** Marks a port that a guest has already. */
  take(port: number): void {
    this.#taken.add(port);
  }

  release(port: number): void {
    this.#taken.delete(port);
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    // All addresses: a guest may be told to listen on any of them.
    server.listen({ port, host: '0.0.0.0', exclusive: true }, () => server.close(() => resolve(true)));
  });
}
