import { Socket, type SocketConstructorOpts } from 'node:net';

/** Bytes of `input`, counted from its start, that just arrived. */
type OnInput = (length: number) => void;

/** Where a socket keeps what its constructor was given as `onread`. */
interface OnReadKeys {
  readonly buffer: symbol;
  readonly callback: symbol;
}

let known: OnReadKeys | null | undefined;

/** Sockets that are accepted cannot be given Node's `onread`, but they have its fields. */
function onReadKeys(): OnReadKeys | null {
  if (known !== undefined) return known;
  // Node's documentation has `onread` for this constructor too; its types do not.
  const options = { onread: { buffer: new Uint8Array(1), callback: () => true } };
  const probe = new Socket(options as SocketConstructorOpts);
  const key = (name: string): symbol | undefined =>
    Object.getOwnPropertySymbols(probe).find((symbol) => symbol.description === name);
  const [buffer, callback] = [key('kBuffer'), key('kBufferCb')];
  probe.destroy();
  return (known = buffer === undefined || callback === undefined ? null : { buffer, callback });
}

/**
 * Lets an accepted socket read into a buffer that it shares with others, as Node's `onread` does for sockets that we
 * connect: what arrives is valid only until `onInput` returns. Else each read of a socket takes 64 KiB of its own, and
 * the garbage collector is busy with nothing else when much arrives. False where this Node does not have it.
 */
export function shareInput(socket: Socket, input: Buffer, onInput: OnInput): boolean {
  const keys = onReadKeys();
  const { _handle: handle } = socket as unknown as {
    _handle?: { useUserBuffer?: (buffer: Uint8Array) => void } | null;
  };
  // A TLS socket decrypts what it reads.
  if (keys === null || Object.getPrototypeOf(socket) !== Socket.prototype || handle?.useUserBuffer === undefined)
    return false;
  handle.useUserBuffer(input);
  Object.assign(socket, { [keys.buffer]: input, [keys.callback]: onInput });
  return true;
}
