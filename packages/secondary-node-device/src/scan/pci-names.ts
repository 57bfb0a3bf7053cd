import { readFile } from 'node:fs/promises';
import type { HostFs } from '@virtkit/core/driver';

const FILES = ['/usr/share/hwdata/pci.ids', '/usr/share/misc/pci.ids'];

/** Names of PCI vendors and their products, from the system's list; all unknown where there is none. */
export class PciNames {
  #names: Promise<ReadonlyMap<string, string>> | undefined;

  constructor(private readonly hostFs: HostFs) {}

  async vendor(id: number): Promise<string | undefined> {
    return (await this.#load()).get(hex(id));
  }

  async product(vendor: number, id: number): Promise<string | undefined> {
    return (await this.#load()).get(`${hex(vendor)}:${hex(id)}`);
  }

  #load(): Promise<ReadonlyMap<string, string>> {
    return (this.#names ??= this.#read());
  }

  async #read(): Promise<ReadonlyMap<string, string>> {
    const names = new Map<string, string>();
    for (const file of FILES) {
      const text = await readFile(this.hostFs.path(file), 'utf8').catch(() => undefined);
      if (text === undefined) continue;
      let vendor: string | undefined;
      for (const line of text.split('\n')) {
        if (line.startsWith('C ')) break;
        const match = /^(\t?)([0-9a-f]{4}) {2}(.*)$/.exec(line);
        if (match === null) continue;
        const [, indent, id, name] = match as unknown as [string, string, string, string];
        if (indent === '') {
          vendor = id;
          names.set(id, name);
        } else if (vendor !== undefined) names.set(`${vendor}:${id}`, name);
      }
      break;
    }
    return names;
  }
}

const hex = (id: number): string => id.toString(16).padStart(4, '0');
