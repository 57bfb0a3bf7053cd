import { type DomainDef, formatDomain, parseDomain } from '@virtkit/core/conf';
import { LibvirtError } from '@virtkit/core/util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LXC_EMULATOR, lxcXmlOption } from '../src/xml/index.js';

const option = lxcXmlOption({ hostArch: 'x86_64', emulator: LXC_EMULATOR, fillArch: true });

interface Parts {
  readonly os?: string;
  readonly devices?: string;
  readonly more?: string;
  readonly type?: string;
}

function documentOf({ os = '', devices = '', more = '', type = '<type>exe</type>' }: Parts): string {
  return `<domain type='lxc' xmlns:lxc='http://libvirt.org/schemas/domain/lxc/1.0'>
  <name>box</name>
  <uuid>8369f1ac-7e46-e869-4ca5-759d51478066</uuid>
  <memory>1000</memory>
  <os>${type}<init>/init</init>${os}</os>
  <devices>${devices}</devices>
  ${more}
</domain>`;
}

const parse = (parts: Parts): DomainDef => parseDomain(documentOf(parts), option, { abiUpdate: true });
const print = (parts: Parts): string => formatDomain(parse(parts), option, { secure: true });

function refusal(parts: Parts): LibvirtError {
  try {
    parse(parts);
  } catch (error) {
    if (LibvirtError.is(error)) return error;
    throw error;
  }
  throw new Error('the document was accepted');
}

describe('documents of containers', () => {
  it('are completed as libvirt completes them', () => {
    expect(print({ devices: '<console/><console/>' })).toBe(`<domain type='lxc'>
  <name>box</name>
  <uuid>8369f1ac-7e46-e869-4ca5-759d51478066</uuid>
  <memory unit='KiB'>1000</memory>
  <currentMemory unit='KiB'>1000</currentMemory>
  <vcpu placement='static'>1</vcpu>
  <os>
    <type arch='x86_64'>exe</type>
    <init>/init</init>
  </os>
  <clock offset='utc'/>
  <on_poweroff>destroy</on_poweroff>
  <on_reboot>restart</on_reboot>
  <on_crash>destroy</on_crash>
  <devices>
    <emulator>/usr/lib/libvirt/libvirt_lxc</emulator>
    <console type='pty'>
      <target type='lxc' port='0'/>
    </console>
    <console type='pty'>
      <target type='lxc' port='1'/>
    </console>
  </devices>
</domain>
`);
  });

  it('keep a console that says what it is', () => {
    expect(print({ devices: "<console type='pty'><target type='serial'/></console>" })).toContain(
      "<target type='serial' port='0'/>",
    );
  });

  it('drop what starts machines, not containers', () => {
    const xml = print({ os: "<kernel>/k</kernel><boot dev='hd'/><loader>/l</loader><cmdline>quiet</cmdline>" });
    expect(xml).not.toMatch(/<kernel|<boot|<loader/);
    expect(xml).toContain('<cmdline>quiet</cmdline>');
  });

  it('forget names that were made up for one run', () => {
    const net = (dev: string) =>
      print({
        devices: `<interface type='bridge'><mac address='52:54:00:00:00:01'/><source bridge='b'/><target dev='${dev}'/></interface>`,
      });
    expect(net('vnet7')).not.toContain('vnet7');
    expect(net('mine0')).toContain("<target dev='mine0'/>");
  });

  it('put the ids of a map in order, root first', () => {
    const idmap = (uid: string) => `<idmap>${uid}<gid start='0' target='1' count='2'/></idmap>`;
    const { uid } = parse({
      more: idmap("<uid start='9' target='5' count='1'/><uid start='0' target='7' count='1'/>"),
    }).idmap as NonNullable<DomainDef['idmap']>;
    expect(uid.map(({ start }) => start)).toEqual([0, 9]);
    expect(refusal({ more: idmap("<uid start='1' target='5' count='1'/>") })).toMatchObject({ code: 67 });
    expect(refusal({ more: idmap('') })).toMatchObject({ code: 67 });
    expect(refusal({ more: idmap("<uid start='0' target='5'/>") })).toMatchObject({ code: 27 });
  });

  it('say capabilities only where they are not the usual ones', () => {
    expect(print({ more: '<features><capabilities/></features>' })).not.toContain('<features>');
    expect(print({ more: "<features><capabilities><chown/><mknod state='off'/></capabilities></features>" })).toContain(
      `    <capabilities policy='default'>
      <chown state='on'/>
      <mknod state='off'/>
    </capabilities>`,
    );
    expect(
      refusal({ more: "<features><capabilities policy='deny'><fly state='on'/></capabilities></features>" }),
    ).toMatchObject({ code: 67, message: "unsupported configuration: unexpected capability feature 'fly'" });
  });

  it.each([
    ['hvm', 8, 'invalid argument: could not find capabilities for arch=x86_64 domaintype=lxc '],
    ['xen', 8, 'invalid argument: could not find capabilities for ostype=xen arch=x86_64 domaintype=lxc '],
  ])('are refused for guests of kind %s', (kind, code, message) => {
    expect(refusal({ type: `<type>${kind}</type>` })).toMatchObject({ code, domain: 44, message });
  });

  it('are refused for programs of another architecture, not for those of the narrower one', () => {
    expect(refusal({ type: "<type arch='aarch64'>exe</type>" }).message).toContain('arch=aarch64');
    expect(parse({ type: "<type arch='i686'>exe</type>" }).os.type.arch).toBe('i686');
  });

  it.each([
    ["<input type='mouse' bus='usb'/>", 1],
    ['<video/>', 1],
    ["<graphics type='vnc'/>", 1],
    ["<filesystem><target dir='/'/></filesystem>", 19],
    ["<filesystem><source dir='/a'/></filesystem>", 20],
    ["<interface type='bridge'><source bridge='b'/><model type='weird'/></interface>", 67],
    ["<hostdev mode='capabilities' type='storage'><source/></hostdev>", 27],
    ["<hostdev mode='capabilities' type='net'><source><interface></interface></source></hostdev>", 27],
  ])('are refused with %s', (devices, code) => {
    expect(refusal({ devices })).toMatchObject({ code, domain: 20 });
  });

  it('are refused without an init, and with one that has empty arguments', () => {
    expect(refusal({ os: '<initarg></initarg>' })).toMatchObject({ code: 27 });
    expect(refusal({ os: "<initenv name='A'></initenv>" })).toMatchObject({ code: 27 });
    expect(refusal({ os: '<initenv>a</initenv>' })).toMatchObject({ code: 27 });
    const bare = documentOf({}).replace('<init>/init</init>', '');
    expect(() => parseDomain(bare, option)).toThrow('init binary must be specified');
  });
});

describe('lxc:namespace', () => {
  const shared = (body: string): string => print({ more: `<lxc:namespace>${body}</lxc:namespace>` });

  it('is read in any order and written in one', () => {
    expect(shared("<lxc:shareuts type='name' value='a'/><lxc:sharenet type='netns' value='red'/>")).toContain(
      `  <lxc:namespace>
    <lxc:sharenet type='netns' value='red'/>
    <lxc:shareuts type='name' value='a'/>
  </lxc:namespace>
</domain>`,
    );
  });

  it('declares its prefix only where it is used', () => {
    expect(shared('')).not.toContain('lxc:');
    expect(shared("<lxc:shareipc type='pid' value='1'/>")).toContain(
      "<domain type='lxc' xmlns:lxc='http://libvirt.org/schemas/domain/lxc/1.0'>",
    );
  });

  it('is refused where it says nothing that can be done', () => {
    const refused = (body: string) => refusal({ more: `<lxc:namespace>${body}</lxc:namespace>` });
    expect(refused("<lxc:sharetime type='name' value='a'/>")).toMatchObject({ code: 67, domain: 17 });
    expect(refused("<lxc:sharenet type='moon' value='a'/>")).toMatchObject({ code: 1, domain: 17 });
    expect(refused("<lxc:sharenet type='name'/>")).toMatchObject({ code: 1, domain: 17 });
  });
});

describe('any container', () => {
  const word = fc.stringMatching(/^[a-z][a-z0-9]{0,7}$/);
  const id = fc.integer({ min: 1, max: 65_535 });
  const filesystem = fc.record({
    type: fc.constantFrom('mount', 'bind'),
    source: word,
    target: word,
    ro: fc.boolean(),
  });
  const container = fc.record({
    filesystems: fc.array(filesystem, { maxLength: 4 }),
    consoles: fc.integer({ min: 0, max: 3 }),
    ids: fc.option(fc.tuple(id, id)),
    policy: fc.constantFrom('default', 'allow', 'deny'),
    drop: fc.subarray(['chown', 'mknod', 'sys_time', 'wake_alarm']),
    privnet: fc.boolean(),
    share: fc.option(fc.tuple(fc.constantFrom('sharenet', 'shareipc', 'shareuts'), word)),
    args: fc.array(word, { maxLength: 3 }),
    device: fc.option(word),
  });

  it('is printed in a form that reads and prints the same again', () => {
    fc.assert(
      fc.property(container, (c) => {
        const text = print({
          os: c.args.map((arg) => `<initarg>${arg}</initarg>`).join(''),
          devices: [
            ...c.filesystems.map(
              ({ type, source, target, ro }) =>
                `<filesystem type='${type}'><source dir='/${source}'/><target dir='/${target}'/>${ro ? '<readonly/>' : ''}</filesystem>`,
            ),
            ...Array.from({ length: c.consoles }, () => '<console/>'),
            c.device === null
              ? ''
              : `<hostdev mode='capabilities' type='misc'><source><char>/dev/${c.device}</char></source></hostdev>`,
          ].join(''),
          more: [
            c.ids === null
              ? ''
              : `<idmap><uid start='0' target='${c.ids[0]}' count='${c.ids[1]}'/><gid start='0' target='${c.ids[1]}' count='1'/></idmap>`,
            `<features>${c.privnet ? '<privnet/>' : ''}<capabilities policy='${c.policy}'>${c.drop.map((name) => `<${name} state='off'/>`).join('')}</capabilities></features>`,
            c.share === null
              ? ''
              : `<lxc:namespace><lxc:${c.share[0]} type='name' value='${c.share[1]}'/></lxc:namespace>`,
          ].join(''),
        });
        const again = parseDomain(text, option);
        expect(formatDomain(again, option, { secure: true })).toBe(text);
        expect(again.devices.filesystem).toHaveLength(c.filesystems.length);
        expect(again.devices.console).toHaveLength(c.consoles);
        expect(again.namespaces?.lxc).toEqual(
          c.share === null ? undefined : { [c.share[0]]: { type: 'name', value: c.share[1] } },
        );
      }),
      { numRuns: 200 },
    );
  });
});
