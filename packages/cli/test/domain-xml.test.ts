import { expect, it } from 'vitest';
import { consoleTty, disksOf, findDevice, graphicsOf, interfacesOf } from '../src/domain-xml.js';

const XML = `<domain type='kvm'>
  <devices>
    <disk type='file' device='disk'><source file='/a.img'/><target dev='vda' bus='virtio'/></disk>
    <disk type='network'><source protocol='rbd' name='pool/b'/><target dev='vdb'/></disk>
    <disk type='volume' device='cdrom'><source pool='p' volume='v'/><target dev='sda'/></disk>
    <disk type='file' device='cdrom'><target dev='sdb'/></disk>
    <interface type='network'><mac address='52:54:00:00:00:01'/><source network='default'/><target dev='vnet0'/></interface>
    <interface type='user'/>
    <console type='pty' tty='/dev/pts/3'><source path='/dev/pts/3'/></console>
    <graphics type='vnc' port='5901' listen='::1'/>
    <graphics type='spice' port='-1' tlsPort='5902'><listen type='address' address='0.0.0.0'/></graphics>
  </devices>
</domain>`;

it('disks', () => {
  expect(disksOf(XML).map(({ device, target, source }) => [device, target, source])).toEqual([
    ['disk', 'vda', '/a.img'],
    ['disk', 'vdb', 'pool/b'],
    ['cdrom', 'sda', 'v'],
    ['cdrom', 'sdb', undefined],
  ]);
});
it('interfaces', () => {
  expect(interfacesOf(XML)).toEqual([
    { target: 'vnet0', type: 'network', source: 'default', model: undefined, mac: '52:54:00:00:00:01' },
    { target: undefined, type: 'user', source: undefined, model: undefined, mac: undefined },
  ]);
});
it('graphics and consoles', () => {
  expect(graphicsOf(XML).map(({ type, host, port, tlsPort }) => [type, host, port, tlsPort])).toEqual([
    ['vnc', '::1', 5901, undefined],
    ['spice', '0.0.0.0', undefined, 5902],
  ]);
  expect(consoleTty(XML)).toBe('/dev/pts/3');
  expect(consoleTty('<domain/>')).toBeUndefined();
});
it.each([
  ['disk', 'vda', 'vda'],
  ['disk', '/a.img', 'vda'],
  ['interface', '52:54:00:00:00:01', 'vnet0'],
] as const)('finds a %s by %s', (element, which, target) => {
  expect(findDevice(XML, element, which)?.children.find(({ name }) => name === 'target')?.attrs['dev']).toBe(target);
});
it('finds nothing where there is nothing', () => expect(findDevice('<domain/>', 'disk', 'vda')).toBeUndefined());
