import type { Domain, Stream } from '@virtkit/core';
import type { Call } from './call.js';
import { said, type Output } from './output/output.js';

/** Ctrl-] */
const ESCAPE = 0x1d;

/** Joins this terminal (or standard input and output) to a guest's console until either side ends it. */
export async function attachConsole(
  call: Call,
  domain: Domain,
  device: string | null,
  flags: number,
): Promise<Output | void> {
  const stream = await call.attempt(`open console of domain '${domain.name}'`, domain.openConsole(device, flags));
  if (process.stdin.isTTY) console.log(`Connected to domain '${domain.name}'\nEscape character is ^] (Ctrl + ])`);
  const ended = await joinTerminal(stream, call.signal);
  if (process.stdin.isTTY) return said(ended === 'guest' ? '\nThe console was closed by the guest' : '');
}

/**
 * Copies both ways; resolves with the side that ended it. Without a terminal, the end of the input leaves the output
 * running: the console then ends with its guest.
 */
export async function joinTerminal(stream: Stream, signal: AbortSignal): Promise<'guest' | 'user'> {
  const { stdin, stdout } = process;
  const raw = stdin.isTTY;
  if (raw) stdin.setRawMode(true);
  let leave!: (side: 'guest' | 'user') => void;
  const left = new Promise<'guest' | 'user'>((resolve) => (leave = resolve));
  const onAbort = (): void => leave('user');
  signal.addEventListener('abort', onAbort, { once: true });
  let sending = Promise.resolve();
  const onData = (data: Buffer): void => {
    const escape = raw ? data.indexOf(ESCAPE) : -1;
    const part = escape < 0 ? data : data.subarray(0, escape);
    // One chunk at a time: a guest that does not read stops the input.
    stdin.pause();
    sending = sending
      .then(() => (part.length > 0 ? stream.send(part) : undefined))
      .then(
        () => (escape < 0 ? void stdin.resume() : leave('user')),
        () => leave('guest'),
      );
  };
  const receiving = (async () => {
    for (let data = await stream.recv(); data !== null; data = await stream.recv()) {
      if (!stdout.write(data)) await new Promise((resolve) => stdout.once('drain', resolve));
    }
  })().then(
    () => leave('guest'),
    () => leave('guest'),
  );
  stdin.on('data', onData);
  stdin.resume();
  try {
    const side = await left;
    if (side === 'guest') {
      await receiving;
      await stream.finish().catch(() => stream.abort());
    } else stream.abort();
    return side;
  } finally {
    signal.removeEventListener('abort', onAbort);
    stdin.off('data', onData);
    stdin.pause();
    if (raw) stdin.setRawMode(false);
  }
}
