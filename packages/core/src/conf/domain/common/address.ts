import {
  attr,
  attrOr,
  type ElementCodec,
  elementOf,
  hex,
  onOff,
  child,
  part,
  refined,
  req,
  str,
  uint,
  uintWith,
  variants,
  type XmlNode,
} from '../../xml/index.js';
import { ErrorCode, ErrorDomain, LibvirtError } from '../../../util/index.js';
import { internal, unsupported } from './problems.js';

/** virPCIDeviceAddress, without what a device address has besides. */
export interface PciLocation {
  domain: number;
  bus: number;
  slot: number;
  function: number;
}

/** virDomainDeviceInfo with a PCI address; all zeros means that none is assigned yet. */
export interface PciAddress extends PciLocation {
  type: 'pci';
  multifunction?: boolean;
  zpci?: { uid?: number; fid?: number };
}

export interface DriveAddress {
  type: 'drive';
  controller: number;
  bus: number;
  target: number;
  unit: number;
}

export interface VirtioSerialAddress {
  type: 'virtio-serial';
  controller: number;
  bus: number;
  port: number;
}

export interface CcidAddress {
  type: 'ccid';
  controller: number;
  slot: number;
}

export interface UsbAddress {
  type: 'usb';
  bus: number;
  /** Up to four numbers with dots between; absent if not assigned yet. */
  port?: string;
  /** Only of a device of the host. */
  device?: number;
}

export interface SpaprVioAddress {
  type: 'spapr-vio';
  reg?: number;
}

export interface CcwAddress {
  type: 'ccw';
  cssid?: number;
  ssid?: number;
  devno?: number;
}

export interface IsaAddress {
  type: 'isa';
  iobase?: number;
  irq?: number;
}

export interface DimmAddress {
  type: 'dimm';
  slot: number;
  base?: number;
}

/** virDomainDeviceAddress: where the guest finds a device. */
export type DeviceAddress =
  | PciAddress
  | DriveAddress
  | VirtioSerialAddress
  | CcidAddress
  | UsbAddress
  | SpaprVioAddress
  | CcwAddress
  | IsaAddress
  | DimmAddress
  | { type: 'virtio-mmio' }
  | { type: 'virtio-s390' }
  | { type: 'unassigned' };

/** virPCIDeviceAddressIsEmpty: 0000:00:00 stands for "to be assigned", whatever the function. */
export function isPciAddressEmpty(address: PciLocation): boolean {
  return address.domain === 0 && address.bus === 0 && address.slot === 0;
}

/** virPCIDeviceAddressAsString: `0000:00:1f.2`. */
export function formatPciLocation({ domain, bus, slot, function: fn }: PciLocation): string {
  const digits = (value: number, count: number): string => value.toString(16).padStart(count, '0');
  return `${digits(domain, 4)}:${digits(bus, 2)}:${digits(slot, 2)}.${digits(fn, 1)}`;
}

const outOfRange = (detail: string): LibvirtError => new LibvirtError(ErrorCode.XML_ERROR, ErrorDomain.NONE, detail);

/** virPCIDeviceAddressIsValid */
export function checkPciLocation(address: PciLocation): void {
  const hexOf = (value: number, digits: number): string =>
    `0x${value.toString(16).toUpperCase().padStart(digits, '0')}`;
  const limit = (name: keyof PciLocation, most: number, shown: string): void => {
    if (address[name] > most)
      throw outOfRange(`Invalid PCI address ${name}='${hexOf(address[name], 2)}', must be <= ${shown}`);
  };
  limit('domain', 0xffffffff, '0xFFFFFFFF');
  limit('bus', 0xff, '0xFF');
  limit('slot', 0x1f, '0x1F');
  if (address.function > 7)
    throw outOfRange(`Invalid PCI address function=0x${address.function.toString(16)}, must be <= 7`);
}

const number = (digits: number) => hex(digits);

/** The four numbers of a PCI address; absent ones are 0. */
export const pciLocation = {
  domain: attrOr(number(4), 0),
  bus: attrOr(number(2), 0),
  slot: attrOr(number(2), 0),
  function: attrOr(number(1), 0),
} as const;

const portPath = refined(
  str,
  (text) =>
    /^\d+(\.\d+){0,3}$/.test(text) && text.split('.').every((port) => Number(port) <= 0xffffffff) ? text : undefined,
  'up to four port numbers with dots between',
);
const badPort = {
  invalid: () =>
    new LibvirtError(ErrorCode.INTERNAL_ERROR, ErrorDomain.DEVICE, "Cannot parse <address> 'port' attribute"),
};
const zpci = part(
  'zpci',
  { uid: attr(hex(4)), fid: attr(hex(8)) },
  { before: ({ uid = 0, fid = 0 }) => ({ uid, fid }) },
);

/** virDomainDeviceInfoFormat's `<address>`. */
export const deviceAddress: ElementCodec<DeviceAddress> = elementOf<DeviceAddress>(
  'address',
  variants(
    'type',
    {
      pci: { ...pciLocation, multifunction: attr(onOff), zpci: child(zpci, { emptyIsAbsent: true }) },
      drive: {
        controller: attrOr(uint, 0),
        bus: attrOr(uint, 0),
        target: attrOr(uint, 0),
        unit: attrOr(uint, 0),
      },
      'virtio-serial': { controller: attrOr(uint, 0), bus: attrOr(uint, 0), port: attrOr(uint, 0) },
      ccid: { controller: attrOr(uint, 0), slot: attrOr(uint, 0) },
      usb: { bus: attrOr(uint, 0), port: attr(portPath, { ...badPort, unset: '0' }) } as never,
      'spapr-vio': { reg: attr(hex(8, { max: Number.MAX_SAFE_INTEGER })) },
      ccw: { cssid: attr(hex(1)), ssid: attr(hex(1)), devno: attr(hex(4)) },
      isa: { iobase: attr(hex(1), { unset: 0 }), irq: attr(hex(1), { unset: 0 }) },
      dimm: { slot: req(uint), base: attr(hex(1, { max: Number.MAX_SAFE_INTEGER }), { unset: 0 }) },
      'virtio-mmio': {},
      'virtio-s390': {},
      unassigned: {},
    },
    {
      missing: () => internal('No type specified for device address'),
      invalid: (value) => unsupported(`unknown address type '${value}'`),
    },
  ),
  {
    after(address, node) {
      if (address.type === 'pci') checkPciLocation(address);
      else if (address.type === 'ccw') checkCcw(address, node);
    },
    before: (address) => (address.type === 'pci' && isPciAddressEmpty(address) ? pciStub(address) : address),
  },
);

const anyUint = uintWith({ anyBase: true });

/** `<address>` of a device of the host that an interface is made of. */
export const hostAddress: ElementCodec<DeviceAddress> = elementOf<DeviceAddress>(
  'address',
  variants('type', { pci: pciLocation, usb: { bus: req(anyUint), device: req(anyUint) } } as never, {
    missing: () => internal('No type specified for device address'),
    invalid: (value) => unsupported(`unknown address type '${value}'`),
  }),
  {
    after(address) {
      if (address.type === 'pci') checkPciLocation(address);
    },
  },
);

/** An address without numbers is written without them, so that assigning is left to whoever reads it. */
function pciStub(address: PciAddress): PciAddress {
  const { multifunction, zpci: extension } = address;
  return { type: 'pci', ...(multifunction && { multifunction }), ...(extension && { zpci: extension }) } as PciAddress;
}

function checkCcw({ cssid, ssid, devno }: CcwAddress, node: XmlNode): void {
  const given = [cssid, ssid, devno].filter((value) => value !== undefined).length;
  if (given === 0) return;
  if (given < 3)
    throw new LibvirtError(
      ErrorCode.INTERNAL_ERROR,
      ErrorDomain.DEVICE,
      'Invalid partial specification for virtio ccw address: give cssid, ssid and devno',
    );
  if ((cssid as number) > 254 || (ssid as number) > 3 || (devno as number) > 65535)
    throw new LibvirtError(
      ErrorCode.INTERNAL_ERROR,
      ErrorDomain.DEVICE,
      `Invalid specification for virtio ccw address: cssid='${node.attrs.cssid}' ssid='${node.attrs.ssid}' devno='${node.attrs.devno}'`,
    );
}
