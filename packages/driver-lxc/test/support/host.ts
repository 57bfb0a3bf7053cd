import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Connect, Host } from '@virtkit/core';
import driver from '../../src/index.js';

const MANIFEST = {
  name: 'lxc',
  spi: '1.0',
  kind: 'hypervisor',
  uriSchemes: ['lxc'],
  provides: [],
  localOnly: true,
  remoteOnly: false,
  secondaries: 'shared',
  paths: [],
} as const;

/** A host of containers below a directory of its own. */
export interface Containers {
  readonly connect: Connect;
  readonly root: string;
  open(options?: { readonly readOnly?: boolean }): Promise<Connect>;
  openUri(uri: string): Promise<Connect>;
  /** A new host over the same directory. */
  restart(): Promise<Connect>;
  dispose(): Promise<void>;
}

export async function openContainers(): Promise<Containers> {
  const root = await mkdtemp(join(tmpdir(), 'virtkit-lxc-test-'));
  const uri = `lxc:///embed?root=${root}`;
  let host: Host;
  const start = async (): Promise<Connect> => {
    host = await Host.create({ stateRoot: root, drivers: [{ module: driver, manifest: MANIFEST }] });
    return host.open(uri);
  };
  return {
    connect: await start(),
    root,
    open: (options) => host.open(uri, options),
    openUri: (other) => host.open(other),
    async restart() {
      await host.close();
      return start();
    },
    async dispose() {
      await host.close();
      await rm(root, { recursive: true });
    },
  };
}

/** The document of a container; `more` goes inside `<domain>`. */
export const containerXml = (name: string, uuid?: string, more = '', devices = "<console type='pty'/>"): string =>
  `<domain type='lxc' xmlns:lxc='http://libvirt.org/schemas/domain/lxc/1.0'>
  <name>${name}</name>
  ${uuid === undefined ? '' : `<uuid>${uuid}</uuid>`}
  ${more}
  <memory unit='MiB'>64</memory>
  <vcpu>2</vcpu>
  <os><type>exe</type><init>/sbin/init</init></os>
  <devices>
    <filesystem type='mount'><source dir='/srv/${name}'/><target dir='/'/></filesystem>
    ${devices}
  </devices>
</domain>`;
