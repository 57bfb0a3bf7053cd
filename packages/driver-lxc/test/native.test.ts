import { LibvirtError } from '@virtkit/core/util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { domainXmlFromLxcConf } from '../src/native/index.js';
import { LXC_EMULATOR, lxcXmlOption } from '../src/xml/index.js';

const option = lxcXmlOption({ hostArch: 'x86_64', emulator: LXC_EMULATOR, fillArch: false });
const BASE = 'lxc.uts.name = box\nlxc.rootfs.path = /srv/box\n';

const convert = (text: string, base = BASE): string => domainXmlFromLxcConf(base + text, option);

function refusal(text: string, base = BASE): LibvirtError {
  try {
    convert(text, base);
  } catch (error) {
    if (LibvirtError.is(error)) return error;
    throw error;
  }
  throw new Error('the configuration was accepted');
}

/** The elements of that name that have elements inside, without the white space between. */
const elements = (xml: string, name: string): string[] =>
  [...xml.matchAll(new RegExp(`<${name}(?: [^>]*)?>.*?</${name}>`, 'gs'))].map(([text]) =>
    text.replace(/>\s+</g, '><'),
  );

describe('lxc.conf', () => {
  it('of LXC 2 and of LXC 3 is the same container', () => {
    const old = convert(
      'lxc.network.type = veth\nlxc.network.link = br0\nlxc.network.hwaddr = 02:00:00:00:00:01\nlxc.network.ipv4 = 10.0.0.2/8\n' +
        'lxc.id_map = u 1000 0 10\nlxc.tty = 1\n',
      'lxc.utsname = box\nlxc.rootfs = /srv/box\n',
    );
    const current = convert(
      'lxc.net.0.type = veth\nlxc.net.0.link = br0\nlxc.net.0.hwaddr = 02:00:00:00:00:01\nlxc.net.0.ipv4.address = 10.0.0.2/8\n' +
        'lxc.idmap = u 1000 0 10\nlxc.tty.max = 1\n',
    );
    const anonymous = (xml: string) => xml.replace(/<uuid>.*<\/uuid>/, '');
    expect(anonymous(current)).toBe(anonymous(old));
    expect(elements(old, 'interface')).toHaveLength(1);
  });

  it('names the container and its root; newer names win', () => {
    const xml = convert('lxc.utsname = old\nlxc.rootfs = /old\n');
    expect(xml).toContain('<name>box</name>');
    expect(elements(xml, 'filesystem')).toEqual([
      "<filesystem type='mount' accessmode='passthrough'><source dir='/srv/box'/><target dir='/'/></filesystem>",
    ]);
  });

  it('takes a device as root for a block device', () => {
    expect(convert('', 'lxc.uts.name = box\nlxc.rootfs.path = /dev/vg/box\n')).toContain("<source dev='/dev/vg/box'/>");
  });

  it.each([
    ['hello', 'memory conf:3: expecting an assignment'],
    ['= x', 'memory conf:3: expecting a name'],
    ['7 = x', 'memory conf:3: expecting a name'],
    ['lxc.a-b = x', 'memory conf:3: expecting an assignment'],
    ['# fine\n\n; not a comment', 'memory conf:5: expecting a name'],
    ['lxc.arch = "x86', 'memory conf:3: unterminated string'],
  ])('that is not one (%j) is refused with its line', (text, detail) => {
    expect(refusal(text)).toMatchObject({ code: 33, domain: 9, detail });
  });

  it('keeps values as they are, but for quotes', () => {
    expect(convert('', 'lxc.uts.name = "a b"\nlxc.rootfs.path = /a b \n')).toContain('<name>a b</name>');
    expect(convert('', 'lxc.uts.name = x\nlxc.rootfs.path = /a b \n')).toContain("<source dir='/a b '/>");
    expect(convert('\tlxc.arch\t=\tx86\r\n')).toContain("<type arch='i686'>exe</type>");
  });

  describe('networks', () => {
    const nic = (text: string) => convert(text.replaceAll('N.', 'lxc.net.0.'));

    it('are none where none is spoken of, and the host’s where the type is none', () => {
      expect(convert('')).toContain('<privnet/>');
      expect(convert('lxc.net.0.type = none\n')).not.toContain('<privnet/>');
    });

    it.each([
      ['N.type = veth\nN.link = br0', "<interface type='bridge'>"],
      ['N.type = veth', "<interface type='ethernet'>"],
      ['N.type = macvlan\nN.link = eth0\nN.macvlan.mode = bridge', "<source dev='eth0' mode='bridge'/>"],
      ['N.type = macvlan\nN.link = eth0', "<source dev='eth0' mode='private'/>"],
      ['N.type = phys\nN.link = eth0', '<interface>eth0</interface>'],
      ['N.type = vlan\nN.link = eth0\nN.vlan.id = 7', '<interface>eth0.7</interface>'],
      ['N.type = veth\nN.flags = up', "<link state='up'/>"],
      ['N.type = veth', "<link state='down'/>"],
      ['N.type = veth\nN.name = eth5', "<guest dev='eth5'/>"],
      [
        'N.type = phys\nN.link = e\nN.ipv6.gateway = fe80::1\nN.ipv4.gateway = 10.0.0.1',
        "<route family='ipv4' address='0.0.0.0' gateway='10.0.0.1'/>\n      <route family='ipv6' address='::' gateway='fe80::1'/>",
      ],
    ])('%j', (text, part) => {
      expect(nic(text)).toContain(part);
    });

    it('keep the order in which they are first spoken of', () => {
      const xml = convert(
        'lxc.net.1.type = phys\nlxc.net.1.link = b\nlxc.net.0.type = phys\nlxc.net.0.link = a\nlxc.net.1.ipv4.address = 1.1.1.1/8\n',
      );
      const [first = '', second = ''] = elements(xml, 'hostdev');
      expect([first, second].map((text) => /<interface>(.)</.exec(text)?.[1])).toEqual(['b', 'a']);
      expect(first).toContain("<ip address='1.1.1.1'");
    });

    it('of the old kind begin with their type', () => {
      const xml = convert(
        'lxc.network.type = phys\nlxc.network.link = a\nlxc.network.type = phys\nlxc.network.link = b\n',
      );
      expect(elements(xml, 'hostdev')).toHaveLength(2);
      expect(refusal('lxc.network.link = a\nlxc.network.type = phys\n').code).toBe(1);
    });

    it.each([
      ['N.type = phys', 67],
      ['N.type = macvlan', 1],
      ['N.type = veth\nN.mtu = 1400', 1],
      ['N.type = veth\nN.ipv4.address = 10.0.0.1', 8],
      ['N.type = veth\nN.ipv6.address = 10.0.0.1/8', 8],
      ['N.type = veth\nN.ipv4.gateway = auto', 27],
      ['lxc.net.x.type = veth', 1],
    ])('refuse %j', (text, code) => {
      expect(refusal(text.replaceAll('N.', 'lxc.net.0.')).code).toBe(code);
    });
  });

  describe('mounts', () => {
    const mount = (entry: string) => elements(convert(`lxc.mount.entry = ${entry}\n`), 'filesystem').slice(1);

    it.each([
      ['/a b none bind 0 0', "type='mount' accessmode='passthrough'><source dir='/a'/><target dir='/b'/>"],
      ['/a\tb  none ro,bind', "<source dir='/a'/><target dir='/b'/><readonly/>"],
      ['/a b none bind,errors=ro 0 0', "<target dir='/b'/></filesystem>"],
      ['/dev/sda1 mnt ext4 rw 0 0', "<source dev='/dev/sda1'/><target dir='/mnt'/>"],
      ['tmpfs run tmpfs size=8m 0 0', "<source usage='8192' units='KiB'/><target dir='/run'/>"],
      ['proc /x/proc proc rw 0 0', "<source dir='proc'/><target dir='/x/proc'/>"],
    ])('%j', (entry, part) => {
      expect(mount(entry)).toEqual([expect.stringContaining(part)]);
    });

    it('leave out what every container has', () => {
      expect(mount('proc proc proc rw 0 0')).toEqual([]);
      expect(mount('sysfs /sys sysfs ro 0 0')).toEqual([]);
    });

    it.each([
      ['lxc.mount.entry = /a b none', 1],
      ['lxc.mount.entry = t run tmpfs defaults 0 0', 1],
      ['lxc.mount.entry = t run tmpfs size=50% 0 0', 1],
      ['lxc.mount.entry = t run tmpfs size=big 0 0', 1],
      ['lxc.mount = /etc/fstab', 74],
      ['lxc.mount.fstab = /etc/fstab', 74],
    ])('refuse %j', (text, code) => {
      expect(refusal(text)).toMatchObject({ code, domain: 17 });
    });
  });

  describe('limits', () => {
    const cgroup = (text: string) => convert(`lxc.cgroup.${text}\n`);

    it.each([
      ['memory.limit_in_bytes = 1G', "<memory unit='KiB'>1048576</memory>"],
      ['memory.limit_in_bytes = 1073741824', "<hard_limit unit='KiB'>1048576</hard_limit>"],
      ['memory.soft_limit_in_bytes = 512M', "<soft_limit unit='KiB'>524288</soft_limit>"],
      ['memory.memsw.limit_in_bytes = 2g', "<swap_hard_limit unit='KiB'>2097152</swap_hard_limit>"],
      ['memory.limit_in_bytes = -1', "<memory unit='KiB'>65536</memory>"],
      ['cpu.shares = 0', '<shares>0</shares>'],
      ['cpu.cfs_quota_us = -1', '<quota>-1</quota>'],
      ['cpu.cfs_period_us = 5000', '<period>5000</period>'],
      ['cpuset.cpus = 0-3,^2', "cpuset='0-1,3'"],
      ['cpuset.mems = 1-4', "<memory mode='strict' nodeset='1-4'/>"],
      ['blkio.weight = 500', '<weight>500</weight>'],
      ['blkio.throttle.read_bps_device = 8:0 99999999999', '<read_bytes_sec>99999999999</read_bytes_sec>'],
    ])('%j', (text, part) => {
      expect(cgroup(text)).toContain(part);
    });

    it('gather what is said of one block device', () => {
      const xml = cgroup(
        'blkio.device_weight = 8:16\t9\nlxc.cgroup.blkio.device_weight = 8:0 7\nlxc.cgroup.blkio.throttle.write_iops_device = 8:16 5',
      );
      expect(elements(xml, 'device')).toEqual([
        '<device><path>/dev/block/8:16</path><weight>9</weight><write_iops_sec>5</write_iops_sec></device>',
        '<device><path>/dev/block/8:0</path><weight>7</weight></device>',
      ]);
    });

    it.each([
      ['memory.limit_in_bytes = much', 1],
      ['cpu.shares = many', 1],
      ['cpuset.cpus = all', 8],
      ['cpuset.mems =', 8],
      ['blkio.weight = -1', 1],
      ['blkio.device_weight = 8:0', 1],
      ['blkio.throttle.read_iops_device = 8:0 99999999999', 1],
    ])('refuse %j', (text, code) => {
      expect(refusal(`lxc.cgroup.${text}`).code).toBe(code);
    });
  });

  it('takes away the capabilities it drops', () => {
    expect(convert('lxc.cap.drop = sys_time nonsense mknod\n')).toContain(`    <capabilities policy='allow'>
      <mknod state='off'/>
      <sys_time state='off'/>
    </capabilities>`);
  });

  it('has as many consoles as terminals', () => {
    expect(elements(convert('lxc.tty.max = 3\n'), 'console')).toHaveLength(3);
    for (const wrong of ['-1', 'x', '2 ', '5000000000']) expect(refusal(`lxc.tty = ${wrong}\n`).code).toBe(1);
  });

  it('maps ids: first that of the host', () => {
    expect(convert('lxc.idmap = u 1000 0 10\nlxc.idmap = g 2000 0 20\n')).toContain(`  <idmap>
    <uid start='0' target='1000' count='10'/>
    <gid start='0' target='2000' count='20'/>
  </idmap>`);
    expect(convert('lxc.idmap = g 2000 0 20\n')).not.toContain('idmap');
    for (const wrong of ['x 0 1 1', 'u 0 1', 'u a 1 1', '']) expect(refusal(`lxc.idmap = ${wrong}\n`).code).toBe(1);
  });

  it('leaves blanks behind a MAC address out, and takes no path for a name', () => {
    expect(convert('lxc.net.0.type = veth\nlxc.net.0.hwaddr = 02:00:15:8f:05:c1  \n')).toContain(
      "<mac address='02:00:15:8f:05:c1'/>",
    );
    expect(refusal('', 'lxc.uts.name = a/b\nlxc.rootfs.path = /r\n').code).toBe(27);
  });

  it('adds what has no number to the network begun last', () => {
    expect(convert('lxc.net.0.type = veth\nlxc.network.name = e\n')).toContain("<guest dev='e'/>");
  });

  it('is refused without name or root, or for programs that do not run here', () => {
    expect(refusal('', 'lxc.rootfs.path = /a\n').message).toContain('lxc.uts.name');
    expect(refusal('', 'lxc.uts.name = a\n').message).toContain('lxc.rootfs.path');
    expect(refusal('lxc.arch = aarch64\n')).toMatchObject({ code: 8, domain: 44 });
  });

  it('whatever it says, becomes a document or one of libvirt’s errors', () => {
    const key = fc.constantFrom(
      'lxc.uts.name',
      'lxc.rootfs',
      'lxc.net.0.type',
      'lxc.network.type',
      'lxc.net.0.ipv4.address',
      'lxc.mount.entry',
      'lxc.idmap',
      'lxc.tty',
      'lxc.cgroup.memory.limit_in_bytes',
      'lxc.cgroup.cpuset.cpus',
      'lxc.cgroup.blkio.device_weight',
      'lxc.cap.drop',
    );
    const value = fc.oneof(fc.string(), fc.constantFrom('veth', 'phys', '1', '8:0 1', 'u 0 1 2', 'a b none ro', '1G'));
    fc.assert(
      fc.property(fc.array(fc.tuple(key, value), { maxLength: 8 }), (lines) => {
        try {
          expect(convert(lines.map(([k, v]) => `${k} = ${v}\n`).join(''))).toContain("<domain type='lxc'");
        } catch (error) {
          if (!LibvirtError.is(error)) throw error;
          expect(error.message).not.toBe('');
        }
      }),
      { numRuns: 300 },
    );
  });
});
