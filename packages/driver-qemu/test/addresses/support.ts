import {
  copyDef,
  type DeviceInfo,
  DeviceConfig,
  type DomainDef,
  type DomainDevice,
  domainDevices,
  type DomainXmlOption,
  parseDomain,
  parseDomainDevice,
  postParseDomain,
} from '@virtkit/core/conf';
import { ErrorDomain } from '@virtkit/core/util';

export interface Guest {
  readonly arch?: string;
  readonly machine?: 'pc' | 'q35' | 'virt' | 'pseries' | 'microvm';
  readonly devices?: string;
  /** With the devices that every guest gets; else without USB and balloon. */
  readonly defaults?: boolean;
}

const MINIMAL = "<controller type='usb' model='none'/><memballoon model='none'/>";

export function guest({ arch = 'x86_64', machine = 'pc', devices = '', defaults = false }: Guest): string {
  return `<domain type='qemu'><name>a</name><uuid>7a8a7b1e-8dd0-4a5c-a25c-57b1a6a5f62f</uuid><memory>65536</memory>
  <os><type arch='${arch}' machine='${machine}'>hvm</type></os><devices>${devices}${defaults ? '' : MINIMAL}</devices></domain>`;
}

export const net = (rest = '', model = 'virtio'): string =>
  `<interface type='user'><mac address='52:54:00:00:00:01'/><model type='${model}'/>${rest}</interface>`;
export const disk = (dev: string, bus = 'virtio', rest = ''): string =>
  `<disk type='file'><source file='/${dev}'/><target dev='${dev}' bus='${bus}'/>${rest}</disk>`;
/** So many virtio disks. */
export const disks = (count: number): string =>
  Array.from({ length: count }, (_, i) => disk(`vd${i < 26 ? '' : 'a'}${String.fromCharCode(97 + (i % 26))}`)).join('');
export const pci = (model: string, index?: number, rest = ''): string =>
  `<controller type='pci'${index === undefined ? '' : ` index='${index}'`} model='${model}'>${rest}</controller>`;
export const at = (bus: number, slot: number, fn = 0): string =>
  `<address type='pci' domain='0' bus='${bus}' slot='${slot}' function='${fn}'/>`;

const hex = (value: number): string => value.toString(16).padStart(2, '0');

/** Where devices are, one text each: `rp#1 00:01.0+ 8` is a root port on a slot of several functions, with port 8. */
export function layout(def: DomainDef): string[] {
  const lines: string[] = [];
  for (const item of domainDevices(def)) {
    const { address } = item.device as DeviceInfo;
    if (address?.type !== 'pci') continue;
    const place = `${hex(address.bus)}:${hex(address.slot)}.${address.function}${address.multifunction === true ? '+' : ''}`;
    lines.push(`${nameOf(item)} ${place}`);
  }
  return lines;
}

const SHORT: Readonly<Record<string, string>> = {
  'pcie-root-port': 'rp',
  'pcie-to-pci-bridge': 'p2p',
  'pci-bridge': 'bridge',
  'dmi-to-pci-bridge': 'dmi',
};

function nameOf({ kind, device }: DomainDevice): string {
  switch (kind) {
    case 'controller': {
      const model = 'model' in device ? String(device.model ?? '') : '';
      return device.type === 'pci' ? `${SHORT[model] ?? model}#${device.index}` : model || device.type;
    }
    case 'disk':
      return device.target?.dev ?? '';
    case 'interface':
      return device.model?.type === 'virtio' ? 'net' : (device.model?.type ?? 'net');
    case 'sound':
    case 'watchdog':
      return device.model;
    case 'video':
      return device.model?.type ?? 'video';
    case 'memballoon':
      return 'balloon';
    default:
      return kind;
  }
}

/** A change of a stored definition, as clients make them. */
export function changed(
  def: DomainDef,
  option: DomainXmlOption,
  change: { attach: string } | { detach: string },
): DomainDef {
  const copy = copyDef(def);
  const config = new DeviceConfig(copy, ErrorDomain.QEMU);
  if ('attach' in change) config.attach(parseDomainDevice(change.attach, copy, option, { abiUpdate: true }));
  else config.detach(parseDomainDevice(change.detach, copy, option, { skipValidate: true }));
  postParseDomain(copy, option, { abiUpdate: true });
  return copy;
}

export const define = (xml: string, option: DomainXmlOption): DomainDef =>
  parseDomain(xml, option, { abiUpdate: true });
