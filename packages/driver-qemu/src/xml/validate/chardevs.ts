import type { CharSource, ConsoleDef, DomainDef, SerialDef } from '@virtkit/core/conf';
import type { QemuFlag } from '../../capabilities/index.js';
import { configUnsupported } from '../../errors.js';
import { isArm, isPSeries, isRiscv, isS390, isX86 } from '../../machine.js';
import { need, refuseIf, type Subject } from './subject.js';

/** qemuValidateDomainChrSourceDef */
export function checkCharSource(source: CharSource, subject: Subject): void {
  const { graphics } = subject.def.devices;
  const withGraphics = (kind: 'spice' | 'dbus', what: string): void =>
    refuseIf(!graphics.some(({ type }) => type === kind), `chardev '${what}' not supported without ${kind} graphics`);
  switch (source.type) {
    case 'spicevmc':
    case 'spiceport':
      withGraphics('spice', source.type);
      break;
    case 'dbus':
      withGraphics('dbus', source.type);
      break;
    case 'nmdm':
      throw configUnsupported("unsupported chardev 'nmdm'");
    case 'qemu-vdagent':
      need(subject, 'chardev.qemu-vdagent', "chardev 'qemu-vdagent' not supported by this QEMU binary");
      break;
  }
}

type Where = (def: DomainDef) => boolean;
/** The boards that have each kind of serial port. */
const SERIAL_HOMES: Readonly<Record<string, { where: Where; flag?: QemuFlag }>> = {
  'isa-serial': { where: isX86, flag: 'isa-serial' },
  'isa-debugcon': { where: isX86 },
  'spapr-vty': { where: isPSeries, flag: 'spapr-vty' },
  pl011: { where: isArm, flag: 'pl011' },
  '16550a': { where: isRiscv },
  sclpconsole: { where: isS390, flag: 's390-sclp' },
  sclplmconsole: { where: isS390, flag: 'sclplmconsole' },
  'usb-serial': { where: () => true, flag: 'usb-serial' },
  'pci-serial': { where: () => true, flag: 'pci-serial' },
};

/** qemuValidateDomainChrTargetDef for serial ports */
export function checkSerial({ target }: SerialDef, subject: Subject): void {
  const name = target?.model?.name;
  if (target?.type === undefined || name === undefined) return;
  const home = SERIAL_HOMES[name];
  if (home === undefined) return;
  refuseIf(
    !home.where(subject.def),
    `Serial device with target type '${target.type}' and target model '${name}' not compatible with guest architecture or machine type`,
  );
  if (home.flag !== undefined) need(subject, home.flag, `'${name}' is not supported in this QEMU binary`);
}

export function checkParallel({ def }: Subject): void {
  refuseIf(isS390(def) || isPSeries(def), 'parallel ports are not supported');
}

export function checkConsole({ target }: ConsoleDef): void {
  const type = target?.type;
  refuseIf(
    type !== undefined && !['serial', 'virtio', 'sclp', 'sclplm'].includes(type),
    `unsupported console target type ${type ?? ''}`,
  );
}
