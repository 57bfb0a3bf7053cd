import { parseStoragePool, parseStorageVol } from '@virtkit/core/conf';
import { ErrorCode } from '@virtkit/core/util';
import { describe, expect, it } from 'vitest';
import { createImageArgs, startPoolCommand } from '../src/commands/index.js';

const volume = (target: string, rest = '') =>
  parseStorageVol(
    `<volume><name>v</name><capacity unit='MiB'>1</capacity>${rest}<target><path>/p/v</path>${target}</target></volume>`,
    'dir',
  );
/** As the storage driver reads pools. */
const WITH_NAMESPACES = { shows: 0, poolNamespaces: true };
const BACKED = "<backingStore><path>/p/b</path><format type='raw'/></backingStore>";

describe('images', () => {
  it.each([
    ["<format type='qcow2'/>", '', 'create -f qcow2 -o compat=0.10 /p/v 1024K'],
    ["<format type='vpc'/><clusterSize>65536</clusterSize>", '', 'create -f vpc -o cluster_size=65536 /p/v 1024K'],
    ["<format type='vmdk'/><nocow/>", '', 'create -f vmdk -o nocow=on /p/v 1024K'],
    ["<format type='cow'/>", BACKED, 'create -f cow -b /p/b -o backing_fmt=raw /p/v 1024K'],
  ])('are made of %s%s with %s', (target, rest, expected) => {
    expect(createImageArgs(volume(target, rest)).map((args) => args.join(' '))).toEqual([expected]);
  });

  it.each([
    ["<format type='vmdk'/><compat>1.1</compat>", '', false],
    ["<format type='cloop'/><features/>", '', false],
    ["<format type='vdi'/>", '', true],
    ["<format type='qcow2'/>", BACKED, true],
  ])('are not made of %s%s, preallocated: %s', (target, rest, preallocate) => {
    expect(() => createImageArgs(volume(target, rest), { preallocate })).toThrow(
      expect.objectContaining({ code: ErrorCode.CONFIG_UNSUPPORTED }),
    );
  });
});

describe('pools', () => {
  const netfs = (source: string, rest = ''): string | undefined => {
    const text = `<pool type='netfs' xmlns:fs='http://libvirt.org/schemas/storagepool/fs/1.0'><name>p</name>
      <source><host name='h'/><dir path='/d'/>${source}</source><target><path>/mnt</path></target>${rest}</pool>`;
    return startPoolCommand(parseStoragePool(text, WITH_NAMESPACES))?.join(' ');
  };
  const OPTIONS = "<fs:mount_opts><fs:option name='sync'/></fs:mount_opts>";

  it.each([
    ["<format type='nfs'/>", '', 'mount -o nodev,nosuid,noexec -t nfs h:/d /mnt'],
    ["<protocol ver='4.1'/>", OPTIONS, 'mount -o nodev,nosuid,noexec,nfsvers=4.1,sync h:/d /mnt'],
    ["<format type='cifs'/>", '', 'mount -o nodev,nosuid,noexec,guest -t cifs //h//d /mnt'],
    ["<format type='glusterfs'/>", '', 'mount -o nodev,nosuid,noexec,direct-io-mode=1 -t glusterfs h:/d /mnt'],
  ])('of %s%s are started with %s', (source, rest, expected) => {
    expect(netfs(source, rest)).toBe(expected);
  });
});
