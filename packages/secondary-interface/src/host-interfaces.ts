import type { HostFs } from '@virtkit/core/driver';
import { ErrorDomain, HostReader, LibvirtError } from '@virtkit/core/util';
import { readFile, readlink, realpath, stat } from 'node:fs/promises';

const NET = '/sys/class/net';

/** An interface as far as lists want to know. */
export interface Outline {
  readonly name: string;
  readonly mac: string;
  readonly active: boolean;
}

/** The kernel's view of the host's interfaces. */
export class HostInterfaces {
  readonly #reader: HostReader;

  constructor(private readonly hostFs: HostFs) {
    this.#reader = new HostReader((path) => hostFs.path(path));
  }

  exists(name: string): Promise<boolean> {
    // A name is one step of a path, and nothing else.
    if (name === '' || name === '.' || name === '..' || name.includes('/')) return Promise.resolve(false);
    return this.has(name, '');
  }

  /** An attribute's text; undefined where the kernel gives none. */
  text(name: string, attribute: string): Promise<string | undefined> {
    return this.#reader.text(`${NET}/${name}/${attribute}`);
  }

  has(name: string, attribute: string): Promise<boolean> {
    return stat(this.hostFs.path(`${NET}/${name}/${attribute}`)).then(
      () => true,
      () => false,
    );
  }

  /** Names in an interface's folder or one below. */
  entries(name: string, folder = ''): Promise<string[]> {
    return this.#reader.names(`${NET}/${name}/${folder}`);
  }

  /** What /proc/net/vlan says of an interface. */
  async vlan(name: string): Promise<string> {
    const path = `/proc/net/vlan/${name}`;
    return readFile(this.hostFs.path(path), 'utf8').catch((error: unknown) => {
      throw LibvirtError.system(ErrorDomain.NONE, `Failed to open file '${path}'`, error);
    });
  }

  async outline(name: string): Promise<Outline> {
    const [mac = '', state] = await Promise.all([this.text(name, 'address'), this.text(name, 'operstate')]);
    return { name, mac, active: state === 'up' };
  }

  /** udevGetDevices: not the guests' own devices, nor parts of a bridge or bond; in the order of their places in sysfs. */
  async all(): Promise<Outline[]> {
    const names = await this.#reader.names(NET);
    const placed = await Promise.all(
      names.map(async (name) => {
        const [tun, part, place] = await Promise.all([
          this.has(name, 'tun_flags'),
          this.#isPart(name),
          realpath(this.hostFs.path(`${NET}/${name}`)).catch(() => undefined),
        ]);
        const listed = !tun && !part && (await this.has(name, 'address'));
        return listed && place !== undefined ? { name, place } : undefined;
      }),
    );
    const listed = placed.filter((one) => one !== undefined);
    listed.sort((one, other) => (one.place < other.place ? -1 : 1));
    return Promise.all(listed.map(({ name }) => this.outline(name)));
  }

  #isPart(name: string): Promise<boolean> {
    return readlink(this.hostFs.path(`${NET}/${name}/master`)).then(
      () => true,
      () => false,
    );
  }
}
