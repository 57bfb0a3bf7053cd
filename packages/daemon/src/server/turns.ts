import { FrameHeader, FramePool, FrameWriter, XdrReader } from '@virtkit/core/util';
import type { Client, Frame } from './client.js';
import type { Workers } from './workers.js';

/** As much as the kernel keeps of a unix socket, and a little more. */
const INPUT = 256 * 1024;

/**
 * What the clients of a server share because the event loop serves one at a time: the writer in which the answers of the
 * current turn are collected, and another for what is sent out of turn.
 */
export class Turns {
  current: Client | undefined;

  constructor(readonly workers: Workers) {}

  readonly writer = new FrameWriter(65536);
  readonly spare = new FrameWriter(16384);
  readonly pool = new FramePool();
  /** What sockets read into. */
  readonly input = Buffer.allocUnsafeSlow(INPUT);
  /** The frame that is being served. */
  readonly frame: Frame = { header: new FrameHeader(), reader: new XdrReader(), kept: false };
}
