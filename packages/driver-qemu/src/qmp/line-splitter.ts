const NEWLINE = 0x0a;

/** Cuts a byte stream into lines; each byte is looked at once, however the stream is cut into chunks. */
export class LineSplitter {
  #pending: Buffer[] = [];

  /** Takes the next chunk and calls `line` for every line that it completes, without the line's end. */
  push(chunk: Buffer, line: (text: string) => void): void {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      const last = chunk.subarray(start, end);
      start = end + 1;
      if (this.#pending.length === 0) {
        line(last.toString('utf8'));
        continue;
      }
      const parts = [...this.#pending, last];
      this.#pending = [];
      line(Buffer.concat(parts).toString('utf8'));
    }
    if (start < chunk.length) this.#pending.push(chunk.subarray(start));
  }
}
