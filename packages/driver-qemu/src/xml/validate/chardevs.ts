import type { ChannelDef, CharSource, ConsoleDef, DomainDef, SerialDef } from '@virtkit/core/conf';
import { ErrorCode, ErrorDomain, LibvirtError, parseIp } from '@virtkit/core/util';
import { invalidArg } from '../../errors.js';
import { isArm, isPSeries, isRiscv, isS390, isX86 } from '../../machine.js';
import { need, refuseIf, type Subject } from './subject.js';

/** qemuValidateDomainChrSourceDef */
export function checkCharSource(source: CharSource, subject: Subject): void {
  const { graphics } = subject.def.devices;
  switch (source.type) {
    case 'spicevmc':
    case 'spiceport':
      refuseIf(
        !graphics.some(({ type }) => type === 'spice'),
        `chardev '${source.type}' not supported without spice graphics`,
      );
      break;
    case 'tcp':
      if (source.source?.reconnect?.enabled === true && source.source.reconnect.timeout === 0)
        throw invalidArg("chardev reconnect source timeout cannot be '0'");
      break;
    case 'unix':
      if (source.source?.reconnect?.enabled === true && source.source.reconnect.timeout === 0)
        throw invalidArg("chardev reconnect source timeout cannot be '0'");
      break;
    case 'qemu-vdagent':
      need(subject, 'chardev.qemu-vdagent', "chardev 'qemu-vdagent' not supported by this QEMU binary");
      break;
  }
}

type Where = (def: DomainDef) => boolean;
/** The boards that have each kind of serial port. */
const SERIAL_HOMES: Readonly<Record<string, { type: string; where: Where }>> = {
  'isa-serial': { type: 'isa-serial', where: isX86 },
  'isa-debugcon': { type: 'isa-debug', where: isX86 },
  'spapr-vty': { type: 'spapr-vio-serial', where: isPSeries },
  pl011: { type: 'system-serial', where: isArm },
  '16550a': { type: 'system-serial', where: isRiscv },
  sclpconsole: { type: 'sclp-serial', where: isS390 },
  sclplmconsole: { type: 'sclp-serial', where: isS390 },
  'usb-serial': { type: 'usb-serial', where: () => true },
  'pci-serial': { type: 'pci-serial', where: () => true },
};

/** The address that each kind of port has; none for those that belong to the board. */
const SERIAL_PLACES: Readonly<Record<string, string>> = {
  'isa-serial': 'isa',
  'isa-debug': 'isa',
  'usb-serial': 'usb',
  'pci-serial': 'pci',
  'spapr-vio-serial': 'spapr-vio',
};

/** qemuValidateDomainChrTargetDef for serial ports */
export function checkSerial({ target, address }: SerialDef, subject: Subject): void {
  const name = target?.model?.name;
  if (target?.type === undefined || name === undefined) return;
  const home = SERIAL_HOMES[name];
  if (home === undefined) return;
  refuseIf(home.type !== target.type, `Target model '${name}' requires target type '${home.type}'`);
  const place = SERIAL_PLACES[target.type];
  if (address !== undefined && target.type !== 'usb-serial')
    refuseIf(
      address.type !== place,
      place === undefined
        ? `Target type '${target.type}' cannot have an associated address`
        : `Target type '${target.type}' requires address type '${place}'`,
    );
  else refuseIf(address !== undefined && address.type !== place, 'usb-serial requires address of usb type');
  refuseIf(
    !home.where(subject.def),
    `Serial device with target type '${target.type}' and target model '${name}' not compatible with guest architecture or machine type`,
  );
}

export function checkParallel({ def }: Subject): void {
  refuseIf(isS390(def) || isPSeries(def), 'parallel ports are not supported');
}

export function checkConsole({ target }: ConsoleDef, subject: Subject): void {
  const type = target?.type;
  refuseIf(
    type !== undefined && !['serial', 'virtio', 'sclp', 'sclplm'].includes(type),
    `unsupported console target type ${type ?? ''}`,
  );
  if (type === 'sclp') need(subject, 's390-sclp', 'sclpconsole is not supported in this QEMU binary');
  if (type === 'sclplm') need(subject, 'sclplmconsole', 'sclplmconsole is not supported in this QEMU binary');
}

export function checkChannel({ target }: ChannelDef): void {
  if (target.type === 'guestfwd' && parseIp(target.address) === undefined)
    throw new LibvirtError(
      ErrorCode.SYSTEM_ERROR,
      ErrorDomain.NONE,
      `Cannot parse socket address '${target.address}': Name or service not known`,
    );
  refuseIf(
    target.type === 'guestfwd' && parseIp(target.address)?.family !== 4,
    'guestfwd channel only supports IPv4 addresses',
  );
}
