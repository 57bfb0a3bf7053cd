import { confContext, disk as diskElement, type DiskDef, readXml } from '@virtkit/core/conf';
import { describe, expect, it } from 'vitest';
import {
  backingString,
  blockdevChain,
  blockdevFormat,
  blockdevNodes,
  blockdevStorage,
  type BlockImage,
  createFormatProps,
  createStorageProps,
  diskImages,
} from '../src/block/index.js';

const parse = (xml: string): DiskDef => diskElement.decode(readXml(xml), confContext());

/** The chains of disks, numbered from 1 */
function images(...xml: string[]): (BlockImage | undefined)[] {
  let last = 0;
  return diskImages(xml.map(parse), { next: () => ++last });
}

function image(xml: string): BlockImage {
  const [first] = images(xml);
  if (first === undefined) throw new Error('no image');
  return first;
}

const network = (source: string, driver = "<driver type='raw'/>") =>
  image(`<disk type='network'>${driver}${source}<target dev='vda'/></disk>`);

describe('numbers of block nodes', () => {
  it('count from the last disk, the top of a chain first, and empty drives too', () => {
    const chains = images(
      `<disk type='file'><driver type='qcow2'/><source file='/a'/>
         <backingStore type='file'><format type='raw'/><source file='/b'/><backingStore/></backingStore></disk>`,
      `<disk type='file' device='cdrom'><target dev='hda'/></disk>`,
      `<disk type='file'><source file='/sd'/><target dev='sda' bus='sd'/></disk>`,
      `<disk type='block'><source dev='/dev/c'/></disk>`,
    );
    expect(chains.map((chain) => chain?.storageNode)).toEqual([
      'libvirt-3-storage',
      undefined,
      undefined,
      'libvirt-1-storage',
    ]);
    expect(chains[0]?.backing?.formatNode).toBe('libvirt-4-format');
  });
});

describe('the nodes of a chain', () => {
  it('are made from the bottom up, with what the disk hands down', () => {
    const top = image(`<disk type='file'>
      <driver type='qcow2' cache='none' io='native' discard='unmap' detect_zeroes='unmap'/><source file='/a'/>
      <backingStore type='block'><format type='qcow2'/><source dev='/dev/b'/><backingStore/></backingStore>
      <target dev='vda'/></disk>`);
    const cache = { direct: true, 'no-flush': false };
    expect(blockdevChain(top)).toEqual([
      {
        driver: 'host_device',
        filename: '/dev/b',
        aio: 'native',
        'node-name': 'libvirt-2-storage',
        cache,
        'auto-read-only': true,
        discard: 'unmap',
      },
      {
        'node-name': 'libvirt-2-format',
        'read-only': true,
        cache,
        discard: 'unmap',
        driver: 'qcow2',
        file: 'libvirt-2-storage',
        backing: null,
      },
      {
        driver: 'file',
        filename: '/a',
        aio: 'native',
        'node-name': 'libvirt-1-storage',
        cache,
        'auto-read-only': true,
        discard: 'unmap',
      },
      {
        'node-name': 'libvirt-1-format',
        'read-only': false,
        cache,
        discard: 'unmap',
        'detect-zeroes': 'unmap',
        driver: 'qcow2',
        file: 'libvirt-1-storage',
        backing: 'libvirt-2-format',
      },
    ]);
  });

  it('keep the order of members that libvirt prints', () => {
    const [storage, format] = blockdevNodes(image(`<disk type='file'><source file='/a'/></disk>`));
    expect(JSON.stringify(storage)).toBe(
      '{"driver":"file","filename":"/a","node-name":"libvirt-1-storage","auto-read-only":true,"discard":"unmap"}',
    );
    expect(JSON.stringify(format)).toBe(
      '{"node-name":"libvirt-1-format","read-only":false,"driver":"raw","file":"libvirt-1-storage"}',
    );
  });

  it('say nothing of images below where the chain has no known end', () => {
    const top = image(`<disk type='file'><driver type='qcow2'/><source file='/a'/></disk>`);
    expect(blockdevFormat(top).backing).toBeUndefined();
  });

  it('do not cache a disk that several guests write', () => {
    const xml = (more: string) => `<disk type='file'><source file='/a'/><shareable/>${more}</disk>`;
    expect(blockdevStorage(image(xml('')))).toHaveProperty('cache', { direct: true, 'no-flush': false });
    expect(blockdevStorage(image(xml('<readonly/>'))).cache).toBeUndefined();
  });

  it('detect zeroes without unmapping where discards are not allowed', () => {
    const top = image(`<disk type='file'><driver type='raw' detect_zeroes='unmap'/><source file='/a'/></disk>`);
    expect(blockdevFormat(top)).toHaveProperty('detect-zeroes', 'on');
  });

  it('narrow to a slice in the format node if that is raw, else in a node between', () => {
    const sliced = (type: string) =>
      blockdevNodes(
        image(`<disk type='file'><driver type='${type}'/><source file='/a'>
          <slices><slice type='storage' offset='0' size='99'/></slices></source></disk>`),
      );
    expect(sliced('raw')[1]).toMatchObject({ driver: 'raw', offset: 0, size: 99, file: 'libvirt-1-storage' });
    expect(sliced('qcow2')).toHaveLength(3);
    expect(sliced('qcow2')[1]).toMatchObject({ 'node-name': 'libvirt-1-slice-sto', offset: 0, size: 99 });
    expect(sliced('qcow2')[2]).toMatchObject({ file: 'libvirt-1-slice-sto' });
  });

  it('decrypt with the key they are given', () => {
    const encrypted = (type: string) =>
      blockdevFormat(
        image(`<disk type='file'><driver type='${type}'/><source file='/a'>
          <encryption format='luks'><secret type='passphrase' usage='u'/></encryption></source></disk>`),
      );
    const key = 'libvirt-1-format-encryption-secret0';
    expect(encrypted('raw')).toMatchObject({ driver: 'luks', 'key-secret': key });
    expect(encrypted('qcow2')).toMatchObject({ driver: 'qcow2', encrypt: { format: 'luks', 'key-secret': key } });
  });

  it.each([
    ['dir', `<disk type='file'><driver type='dir'/><source file='/a'/></disk>`],
    ['cow', `<disk type='file'><driver type='cow'/><source file='/a'/></disk>`],
  ])('are refused for format %s', (format, xml) => {
    expect(() => blockdevChain(image(xml))).toThrow(format);
  });

  it('are refused where QEMU would refuse their names', () => {
    const long = { ...image(`<disk type='file'><source file='/a'/></disk>`), storageNode: 'x'.repeat(32) };
    expect(() => blockdevStorage(long)).toThrow(/31/);
    expect(() => blockdevStorage({ ...long, storageNode: 'x'.repeat(31) })).not.toThrow();
  });
});

describe('network images', () => {
  it.each([
    [
      `<source protocol='https' name='a b.iso' query='k=v'><host name='::1'/><ssl verify='no'/>
         <cookies><cookie name='n'>v</cookie></cookies><readahead size='1024'/><timeout seconds='7'/></source>`,
      {
        driver: 'https',
        url: 'https://[::1]:443/a%20b.iso?k=v',
        sslverify: false,
        'cookie-secret': 'libvirt-1-storage-httpcookie-secret0',
        timeout: 7,
        readahead: 1024,
      },
    ],
    [
      `<source protocol='nbd' name='e' tls='yes' tlsHostname='t'><host transport='unix' socket='/s'/></source>`,
      {
        driver: 'nbd',
        server: { type: 'unix', path: '/s' },
        export: 'e',
        'tls-creds': 'objlibvirt-1-storage_tls0',
        'tls-hostname': 't',
      },
    ],
    [
      `<source protocol='iscsi' name='iqn.x:y/3'><host name='h' transport='rdma'/>
         <initiator><iqn name='me'/></initiator><auth username='u'><secret type='iscsi' usage='s'/></auth></source>`,
      {
        driver: 'iscsi',
        portal: 'h:3260',
        target: 'iqn.x:y',
        lun: 3,
        transport: 'tcp',
        user: 'u',
        'password-secret': 'libvirt-1-storage-auth-secret0',
        'initiator-name': 'me',
      },
    ],
    [
      `<source protocol='rbd' name='p/i'><snapshot name='s'/><config file='/c'/></source>`,
      { driver: 'rbd', pool: 'p', image: 'i', snapshot: 's', conf: '/c' },
    ],
    [
      `<source protocol='rbd' name='p/i'><host name='m' port='1'/>
         <encryption format='luks2' engine='librbd'><secret type='passphrase' usage='u'/></encryption></source>`,
      {
        driver: 'rbd',
        pool: 'p',
        image: 'i',
        server: [{ host: 'm', port: '1' }],
        encrypt: { format: 'luks2', 'key-secret': 'libvirt-1-format-encryption-secret0' },
      },
    ],
    [
      `<source protocol='nfs' name='/x'><host name='h'/><identity user='+12' group='34'/></source>`,
      { driver: 'nfs', server: { host: 'h', type: 'inet' }, path: '/x', user: 12, group: 34 },
    ],
    [
      `<source protocol='ssh' name='/x'><host name='h'/></source>`,
      { driver: 'ssh', path: '/x', server: { host: 'h', port: '22' } },
    ],
    [
      `<source protocol='gluster' name='v/d/i'><host name='a'/><host transport='unix' socket='/s'/></source>`,
      {
        driver: 'gluster',
        volume: 'v',
        path: 'd/i',
        server: [
          { type: 'inet', host: 'a', port: '24007' },
          { type: 'unix', path: '/s' },
        ],
      },
    ],
  ])('%s', (source, expected) => {
    const common = { 'node-name': 'libvirt-1-storage', 'auto-read-only': true, discard: 'unmap' };
    expect(blockdevStorage(network(source))).toEqual({ ...expected, ...common });
  });

  it('have one host where the protocol knows one', () => {
    const two = network(`<source protocol='nbd' name='e'><host name='a'/><host name='b'/></source>`);
    expect(() => blockdevStorage(two)).toThrow(/one host/);
  });
});

describe('new images', () => {
  const qcow2 = image(`<disk type='file'><driver type='qcow2'/><source file='/new'/></disk>`);

  it('record the image below, by path, URI or JSON, whichever says it all', () => {
    const nbd = `<source protocol='nbd' name='e'><host name='h'/></source>`;
    expect(backingString(qcow2)).toBe('/new');
    expect(backingString(network(nbd))).toBe('nbd://h:10809/e');
    const backing = network(nbd);
    expect(createFormatProps({ image: qcow2, capacity: 10, physical: 5, backing })).toEqual({
      driver: 'qcow2',
      file: 'libvirt-1-storage',
      size: 10,
      'backing-file': 'nbd://h:10809/e',
      'backing-fmt': 'raw',
    });
  });

  it('are made where QEMU can make them, and nothing is made of raw ones but their place', () => {
    const raw = image(`<disk type='block'><source dev='/dev/x'/></disk>`);
    expect(createStorageProps({ image: qcow2, capacity: 10, physical: 5 })).toEqual({
      driver: 'file',
      filename: '/new',
      size: 5,
    });
    expect(createStorageProps({ image: raw, capacity: 10, physical: 5 })).toBeUndefined();
    expect(createFormatProps({ image: raw, capacity: 10, physical: 5 })).toBeUndefined();
  });
});
