import { readlink, realpath } from 'node:fs/promises';
import { basename } from 'node:path';
import type { HostFs } from '@virtkit/core/driver';
import { HostReader } from '@virtkit/core/util';

/** Reads sysfs below the host's root. Paths are the host's. */
export class Sysfs extends HostReader {
  constructor(private readonly fs: HostFs) {
    super((path) => fs.path(path));
  }

  /** What a link's target is called; undefined where there is no link. */
  async target(path: string): Promise<string | undefined> {
    return readlink(this.fs.path(path)).then(
      (link) => basename(link),
      () => undefined,
    );
  }

  /** The device's own place, under /sys/devices. */
  async place(path: string): Promise<string> {
    const real = await realpath(this.fs.path(path)).catch(() => path);
    const at = real.indexOf('/sys/devices/');
    return at < 0 ? path : real.slice(at);
  }

  /** A number with or without 0x. */
  async hex(path: string): Promise<number | undefined> {
    const text = await this.text(path);
    const value = text === undefined ? NaN : parseInt(text, 16);
    return Number.isNaN(value) ? undefined : value;
  }
}

/** A name as libvirt makes it: all but letters and digits become underscores. */
export const deviceName = (...parts: readonly (string | undefined)[]): string =>
  parts
    .filter((part) => part !== undefined && part !== '')
    .map((part) => (part as string).replace(/[^A-Za-z0-9]/g, '_'))
    .join('_');
