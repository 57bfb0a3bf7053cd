import {
  DeviceConfig,
  type DomainDef,
  formatDomain,
  formatDomainDevice,
  matchingDevices,
  parseDomain,
  parseDomainDevice,
  postParseDomain,
  plainXmlOption,
} from '@virtkit/core/conf';
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtkit/core/util';
import { beforeEach, describe, expect, it } from 'vitest';

const BASE = `<domain type='qemu'><name>g</name><memory>1048576</memory><os><type arch='x86_64'>hvm</type></os><devices>
  <disk type='file'><source file='/a'/><target dev='vda'/></disk>
  <interface type='user'><mac address='52:54:00:00:00:01'/></interface>
  <interface type='user'><mac address='52:54:00:00:00:02'/></interface>
  <interface type='user'><mac address='52:54:00:00:00:02'/></interface>
  <serial type='pty'/></devices></domain>`;
const disk = (dev: string, file = '/b'): string =>
  `<disk type='file'><source file='${file}'/><target dev='${dev}'/></disk>`;

let def: DomainDef;
let config: DeviceConfig;
beforeEach(() => {
  def = parseDomain(BASE);
  config = new DeviceConfig(def, ErrorDomain.QEMU);
});

const attach = (xml: string): void => config.attach(parseDomainDevice(xml, def));
const detach = (xml: string): unknown =>
  config.detach(parseDomainDevice(xml, def, plainXmlOption, { skipValidate: true }));
const update = (xml: string): void => config.update(parseDomainDevice(xml, def));

function refusal(run: () => unknown): readonly [number, string] {
  try {
    run();
  } catch (error) {
    if (LibvirtError.is(error)) return [error.code, error.detail];
    throw error;
  }
  throw new Error('was accepted');
}

describe('a stored definition', () => {
  it('gains a device with what the device needs', () => {
    attach(disk('sda'));
    postParseDomain(def, plainXmlOption);
    expect(def.devices.disk.map(({ target }) => target?.dev)).toEqual(['vda', 'sda']);
    expect(def.devices.disk[1]?.address).toMatchObject({ type: 'drive', unit: 0 });
    expect(def.devices.controller).toEqual([{ type: 'scsi', index: 0 }]);
    expect(formatDomain(parseDomain(formatDomain(def)))).toBe(formatDomain(def));
  });

  it('loses the device that is meant', () => {
    detach("<disk type='block'><target dev='vda'/></disk>");
    detach("<interface type='bridge'><mac address='52:54:00:00:00:01'/><source bridge='b'/></interface>");
    expect(def.devices.disk).toEqual([]);
    expect(def.devices.interface).toHaveLength(2);
  });

  it('loses the console with the serial port it stands for', () => {
    expect(def.devices.console).toHaveLength(1);
    detach("<serial type='pty'><target port='0'/></serial>");
    postParseDomain(def, plainXmlOption);
    expect([def.devices.serial, def.devices.console]).toEqual([[], []]);
  });

  it('has a device replaced', () => {
    update(disk('vda', '/new'));
    expect(def.devices.disk).toMatchObject([{ source: { file: '/new' } }]);
  });

  it.each([
    ['a target twice', () => attach(disk('vda')), ErrorCode.OPERATION_INVALID, 'target vda already exists'],
    ['an unknown disk', () => detach(disk('vdb')), ErrorCode.DEVICE_MISSING, 'no target device vdb'],
    ['an update of nothing', () => update(disk('vdb')), ErrorCode.INVALID_ARG, "target vdb doesn't exist."],
    [
      'a name that two interfaces have',
      () => detach("<interface type='user'><mac address='52:54:00:00:00:02'/></interface>"),
      ErrorCode.OPERATION_FAILED,
      'multiple devices matching MAC address 52:54:00:00:00:02 found: name its PCI address as well',
    ],
    [
      'a device of which there is one by nature',
      () => attach("<memballoon model='virtio'/>"),
      ErrorCode.OPERATION_UNSUPPORTED,
      "persistent attach of device 'memballoon' is not supported",
    ],
    [
      'memory without slots',
      () => attach("<memory model='dimm'><target><size>1024</size></target></memory>"),
      ErrorCode.CONFIG_UNSUPPORTED,
      "cannot use/hotplug a memory device when domain 'maxMemory' is not defined",
    ],
    [
      'a port without number',
      () => detach("<serial type='pty'/>"),
      ErrorCode.INVALID_ARG,
      'device not present in domain configuration',
    ],
    ['no device', () => attach('<dsik/>'), ErrorCode.CONFIG_UNSUPPORTED, "unknown device type 'dsik'"],
  ])('refuses %s', (_what, run, code, detail) => {
    const before = formatDomain(def);
    expect(refusal(run)).toEqual([code, detail]);
    expect(formatDomain(def)).toBe(before);
  });
});

describe('a device', () => {
  it('is written as it is read', () => {
    const xml = "<rng model='virtio'>\n  <backend model='random'>/dev/random</backend>\n</rng>\n";
    expect(formatDomainDevice(parseDomainDevice(xml, def))).toBe(xml);
  });

  it('of no special kind is found by all that is said of it', () => {
    attach("<input type='tablet' bus='usb'/>");
    attach("<input type='mouse' bus='usb'/>");
    const found = matchingDevices(def, parseDomainDevice("<input type='mouse' bus='usb'/>", def));
    expect(found.map(({ device }) => device)).toEqual([{ type: 'mouse', bus: 'usb' }]);
    expect(matchingDevices(def, parseDomainDevice("<input type='keyboard' bus='usb'/>", def))).toEqual([]);
  });
});
