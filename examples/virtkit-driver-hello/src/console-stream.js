import { ErrorCode } from '@virtkit/core/util';
import { fail } from './hello-host.js';

/** Standard input and output of a process, for one client at a time. What was said before the first came is kept. */
export class ConsoleStream {
  #chunks = [];
  #size = 0;
  #client;
  #wake = () => undefined;
  #ended = false;

  constructor(child) {
    this.child = child;
    child.stdout.on('data', (data) => {
      this.#chunks.push(data);
      this.#size += data.length;
      while (this.#size > 65_536) this.#size -= this.#chunks.shift().length;
      this.#wake();
    });
    child.once('close', () => {
      this.#ended = true;
      this.#wake();
    });
    child.stdin.on('error', () => undefined); // the process ended while something was being typed
  }

  /** A stream of the driver contract: streamRecv, streamSend, streamFinish, streamAbort. */
  open(force) {
    if (this.#client !== undefined && !force)
      throw fail(ErrorCode.OPERATION_FAILED, 'Active console session exists for this domain');
    const client = (this.#client = {});
    this.#wake();
    const isMine = () => this.#client === client;
    const leave = () => {
      if (isMine()) this.#client = undefined;
      this.#wake();
    };
    return {
      streamRecv: async (max) => {
        while (isMine() && this.#chunks.length === 0 && !this.#ended) await this.#more();
        if (!isMine() || this.#chunks.length === 0) return null;
        const data = this.#chunks.shift();
        if (data.length > max) this.#chunks.unshift(data.subarray(max));
        const part = data.subarray(0, max);
        this.#size -= part.length;
        return part;
      },
      streamSend: (data) =>
        new Promise((resolve, reject) => {
          if (!isMine()) reject(fail(ErrorCode.OPERATION_FAILED, 'the console was given to another client'));
          else this.child.stdin.write(data, (error) => (error ? reject(error) : resolve()));
        }),
      streamFinish: leave,
      streamAbort: leave,
    };
  }

  #more() {
    const previous = this.#wake;
    return new Promise((resolve) => {
      this.#wake = () => {
        previous();
        resolve();
      };
    });
  }
}
