import { type DomainDef, parseDomain } from '@virtkit/core/conf';
import { LibvirtError } from '@virtkit/core/util';
import { describe, expect, it } from 'vitest';

const OS =
  '<init>/i</init><initarg>a</initarg><loader>/l</loader><kernel>/k</kernel><initrd>/r</initrd>' +
  "<cmdline>c</cmdline><dtb>/d</dtb><boot dev='hd'/><bootmenu enable='yes'/>";

function parse(kind: string, devices = '', type = 'test'): DomainDef {
  return parseDomain(
    `<domain type='${type}'><name>a</name><memory>1000</memory><os><type>${kind}</type>${OS}</os><devices>${devices}</devices></domain>`,
  );
}

const keysOf = ({ os }: DomainDef) =>
  Object.entries(os)
    .filter(([key, value]) => key !== 'type' && !(Array.isArray(value) && value.length === 0))
    .map(([key]) => key)
    .sort();

describe('what starts a guest', () => {
  it.each([
    ['hvm', 'test', ['boot', 'bootmenu', 'cmdline', 'dtb', 'initrd', 'kernel', 'loader']],
    ['xen', 'test', ['cmdline', 'dtb', 'initrd', 'kernel', 'loader']],
    ['linux', 'xen', ['cmdline', 'dtb', 'initrd', 'kernel', 'loader']],
    ['linux', 'test', ['cmdline']],
    ['exe', 'test', ['cmdline', 'init', 'initarg']],
  ])('of kind %s (%s) is what that kind reads', (kind, type, keys) => {
    expect(keysOf(parse(kind, '', type))).toEqual(keys);
  });
});

describe('input devices', () => {
  const MOUSE = "<input type='mouse' bus='usb'/>";

  it('of full guests are there', () => {
    expect(parse('hvm', MOUSE).devices.input).toHaveLength(1);
  });

  it.each(['exe', 'uml', 'linux'])('of kind %s are refused', (kind) => {
    expect(() => parse(kind, MOUSE)).toThrow(LibvirtError);
    expect(() => parse(kind, MOUSE)).toThrow('Input devices are not supported by this virtualization driver.');
  });
});

describe('names of interfaces', () => {
  const target = (dev: string) =>
    parse('hvm', `<interface type='bridge'><source bridge='b'/><target dev='${dev}'/></interface>`).devices.interface[0]
      ?.target;

  it('that are made up for a run are forgotten', () => {
    for (const dev of ['vnet0', 'macvtap3', 'macvlan1']) expect(target(dev)).toBeUndefined();
    expect(target('tap0')).toEqual({ dev: 'tap0' });
  });
});

describe('routes of a guest', () => {
  const route = (attrs: string) =>
    parse('hvm', `<interface type='bridge'><source bridge='b'/><route ${attrs} gateway='10.0.0.1'/></interface>`);

  it('lead to networks', () => {
    expect(route("family='ipv4' address='10.1.0.0' prefix='16'").devices.interface).toHaveLength(1);
    for (const attrs of ["address='10.1.0.3' prefix='16'", "address='192.168.1.8'", "address='x' prefix='1'"])
      expect(() => route(`family='ipv4' ${attrs}`)).toThrow('route definition');
  });
});

describe('a guest without vCPUs', () => {
  it('is refused, cells or not', () => {
    const vcpus = (more: string) => () =>
      parseDomain(
        `<domain type='test'><name>a</name><memory>1000</memory><vcpu>0</vcpu><os><type>hvm</type></os>${more}</domain>`,
      );
    expect(vcpus('')).toThrow('CPU IDs in <numa> exceed the <vcpu> count');
    expect(vcpus("<cpu><numa><cell id='0' cpus='0' memory='1000'/></numa></cpu>")).toThrow('Number of CPUs');
    expect(vcpus('<cpu><numa></numa></cpu>')).toThrow('without NUMA cells');
  });
});
