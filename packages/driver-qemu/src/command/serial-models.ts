import type { SerialDef } from '@virtkit/core/conf';
import type { QemuFlag } from '../capabilities/index.js';

/** What an emulator must have for each kind of port. */
export const SERIAL_FLAGS: Readonly<Record<string, QemuFlag | undefined>> = {
  'isa-serial': 'isa-serial',
  'spapr-vty': 'spapr-vty',
  pl011: 'pl011',
  sclpconsole: 's390-sclp',
  sclplmconsole: 'sclplmconsole',
  'usb-serial': 'usb-serial',
  'pci-serial': 'pci-serial',
};

/** Ports that the board has, which are only connected. */
const BUILTIN = new Set(['pl011', '16550a']);

/** True for a port that is part of the board rather than a device of its own. */
export function serialIsBuiltin({ target }: SerialDef): boolean {
  return (target?.model !== undefined && BUILTIN.has(target.model.name)) || target?.type === undefined;
}
