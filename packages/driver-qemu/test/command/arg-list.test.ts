import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ArgList, escapeComma, keyValues, wide } from '../../src/command/arg-list.js';

const caps = (...flags: string[]) => ({ has: (flag: string) => flags.includes(flag) }) as never;

describe('arguments of QEMU', () => {
  it('are JSON where QEMU takes that, else a list of members', () => {
    const props = { driver: 'virtio-blk-pci', id: 'disk', share: true, bootindex: 1, absent: undefined };
    const modern = new ArgList(caps('device.json+hotplug'));
    modern.device(props);
    expect(modern.argv).toEqual(['-device', '{"driver":"virtio-blk-pci","id":"disk","share":true,"bootindex":1}']);
    const old = new ArgList(caps());
    old.device(props);
    expect(old.argv).toEqual(['-device', 'virtio-blk-pci,id=disk,share=on,bootindex=1']);
  });

  it('repeat a key for each item of a list, and name members of objects by a path', () => {
    expect(
      keyValues({
        'host-nodes': [0, 1, 2, 5],
        guestfwd: [{ str: 'tcp:1:2-chardev:a' }],
        addr: { type: 'unix', on: false },
      }),
    ).toEqual(['host-nodes=0-2', 'host-nodes=5', 'guestfwd=tcp:1:2-chardev:a', 'addr.type=unix', 'addr.on=off']);
  });

  it('carry whole numbers that JavaScript cannot', () => {
    const props = { driver: 'ide-hd', id: 'a', wwn: wide(0x5000c50015ea71adn), below: wide(-9223372036854775808n) };
    const modern = new ArgList(caps('device.json+hotplug'));
    modern.device(props);
    expect(modern.argv[1]).toBe('{"driver":"ide-hd","id":"a","wwn":5764824127192592813,"below":-9223372036854775808}');
    const old = new ArgList(caps());
    old.device(props);
    expect(old.argv[1]).toBe('ide-hd,id=a,wwn=5764824127192592813,below=-9223372036854775808');
  });

  it('come back as they were, whatever a path holds', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (path, after) => {
        const words = `path=${escapeComma(path)},after=${escapeComma(after)}`;
        expect(optionsOf(words)).toEqual({ path, after });
      }),
    );
  });

  it('give devices on z/PCI their companion, and members that the domain overrides', () => {
    const args = new ArgList(caps(), {
      zpci: new Map([['hostdev0', { uid: 1, fid: 7 }]]),
      overrides: new Map([['hostdev0', (props) => ({ ...props, 'x-more': 3 })]]),
    });
    args.device({ driver: 'vfio-pci', id: 'hostdev0' });
    expect(args.argv).toEqual([
      '-device',
      'zpci,uid=1,fid=7,target=hostdev0,id=zpci1',
      '-device',
      'vfio-pci,id=hostdev0,x-more=3',
    ]);
  });
});

/** QemuOpts: commas separate, two of them are one. */
function optionsOf(words: string): Record<string, string> {
  const options: Record<string, string> = {};
  for (let rest = words; ;) {
    const key = rest.slice(0, rest.indexOf('='));
    let value = '';
    let at = key.length + 1;
    for (; at < rest.length; at++) {
      if (rest[at] === ',' && rest[++at] !== ',') break;
      value += rest[at];
    }
    options[key] = value;
    if (at >= rest.length) return options;
    rest = rest.slice(at);
  }
}
