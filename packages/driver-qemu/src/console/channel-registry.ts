import { ErrorCode, ErrorDomain, LibvirtError } from '@virtkit/core/util';
import { type ChannelSource, channelTaken, openChannel } from './byte-channel.js';
import { ChannelStream } from './channel-stream.js';

/** virChrdevs: the character devices of one domain that are in use; each has one user at a time. */
export class ChannelRegistry {
  readonly #inUse = new Map<string, ChannelStream | 'opening'>();

  /**
   * Opens a device for a new user. One that is in use is refused (OPERATION_FAILED), or taken away from its user when
   * `force` is set. `busy` says what is refused.
   */
  async open(source: ChannelSource, { force, busy }: { force: boolean; busy: string }): Promise<ChannelStream> {
    const user = this.#inUse.get(source.path);
    if (user !== undefined) {
      if (!force || user === 'opening') throw new LibvirtError(ErrorCode.OPERATION_FAILED, ErrorDomain.QEMU, busy);
      user.revoke(channelTaken('another client has taken over this device'));
    }
    this.#inUse.set(source.path, 'opening');
    try {
      const channel = await openChannel(source);
      const stream = new ChannelStream(channel, () => {
        if (this.#inUse.get(source.path) === stream) this.#inUse.delete(source.path);
      });
      this.#inUse.set(source.path, stream);
      return stream;
    } catch (error) {
      this.#inUse.delete(source.path);
      throw error;
    }
  }

  /** Takes over what devices have written, before their process ends. */
  async drain(): Promise<void> {
    const streams = [...this.#inUse.values()].filter((user) => user !== 'opening');
    await Promise.all(streams.map((stream) => stream.drain()));
  }

  /** Ends all streams, as their domain has ended or this host lets go of it. */
  closeAll(): void {
    for (const user of [...this.#inUse.values()]) if (user !== 'opening') user.streamFinish();
    this.#inUse.clear();
  }
}
