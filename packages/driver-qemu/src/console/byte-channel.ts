import { closeSync, constants, openSync } from 'node:fs';
import { type Socket, connect } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import { ReadStream, WriteStream } from 'node:tty';
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtkit/core/util';

/** Where a guest's character device can be reached from the host. */
export type ChannelSource =
  { readonly type: 'pty'; readonly path: string } | { readonly type: 'unix'; readonly path: string };

/** Both directions of a character device, open. */
export interface ByteChannel {
  readonly readable: Readable;
  readonly writable: Writable;
  /** Lets go of it at once. */
  destroy(): void;
}

/** Opens a pty (whose other end QEMU has), or connects to a unix socket that QEMU listens on. */
export async function openChannel(source: ChannelSource): Promise<ByteChannel> {
  try {
    return source.type === 'pty' ? openPty(source.path) : await connectTo(source.path);
  } catch (error) {
    throw LibvirtError.system(ErrorDomain.QEMU, `unable to open the character device '${source.path}'`, error);
  }
}

function openPty(path: string): ByteChannel {
  const flags = constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK;
  const input = openSync(path, flags);
  let readable: ReadStream;
  try {
    readable = new ReadStream(input);
  } catch (error) {
    closeSync(input);
    throw error;
  }
  const output = openSync(path, flags);
  const writable = new WriteStream(output);
  // When QEMU ends, reading fails with EIO: that is the end of the stream, not an error of ours.
  readable.on('error', () => readable.push(null));
  writable.on('error', () => undefined);
  return {
    readable,
    writable,
    destroy() {
      readable.destroy();
      writable.destroy();
    },
  };
}

function connectTo(path: string): Promise<ByteChannel> {
  return new Promise((resolve, reject) => {
    const socket: Socket = connect(path);
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.removeListener('error', reject);
      socket.on('error', () => undefined);
      resolve({ readable: socket, writable: socket, destroy: () => socket.destroy() });
    });
  });
}

/** The error for a stream that somebody else ended. */
export function channelTaken(why: string): LibvirtError {
  return new LibvirtError(ErrorCode.OPERATION_ABORTED, ErrorDomain.QEMU, why);
}
