import { copyDef } from '../copy-def.js';
import type { CharSource } from '../common/chardev.js';
import { internal } from '../common/problems.js';
import type { ConsoleDef, SerialDef } from '../devices/chardevs.js';
import type { DomainDef } from '../domain-def.js';

/**
 * virDomainDefAddConsoleCompat: in a full virtual machine the first console is the first serial port by another name, and
 * each is made from the other where only one is given.
 */
export function addConsoleCompat(def: DomainDef): void {
  if (def.os.type.value !== 'hvm') return;
  const { serial, console: consoles } = def.devices;
  const [first] = consoles;
  if (first !== undefined && (first.target?.type === undefined || first.target.type === 'serial')) {
    if (serial.length === 0) {
      const { target, ...rest } = first;
      const port = target?.port;
      serial.push({ ...copyDef(rest), target: port === undefined ? {} : { port } } as SerialDef);
    }
    consoles[0] = consoleOf(serial[0] as SerialDef);
  } else if (serial[0] !== undefined && isSerialConsole(serial[0])) consoles.unshift(consoleOf(serial[0]));
}

/** The console that stands for a serial port. */
export function consoleOf(serial: SerialDef): ConsoleDef {
  const { target, ...rest } = serial;
  return { ...copyDef(rest), target: { type: 'serial', port: target?.port ?? 0 } } as ConsoleDef;
}

/** The first console follows its serial port in everything: to be called after ports were changed. */
export function mirrorConsole({ os, devices }: DomainDef): void {
  const { serial, console: consoles } = devices;
  if (os.type.value === 'hvm' && serial[0] !== undefined && consoles[0]?.target?.type === 'serial')
    consoles[0] = consoleOf(serial[0]);
}

const CONSOLE_SERIALS = new Set(['isa-serial', 'spapr-vio-serial', 'system-serial', 'sclp-serial']);

function isSerialConsole({ target }: SerialDef): boolean {
  return target?.type === undefined || CONSOLE_SERIALS.has(target.type);
}

/** Consoles are numbered as they stand in the document, whatever it says. */
export function numberConsoles({ devices }: DomainDef): void {
  devices.console.forEach((device, place) => {
    device.target = { ...device.target, port: place };
  });
}

/** virDomainChrDefPostParse's numbering: a port without number gets the next one of its kind. */
export function numberChardevPorts(def: DomainDef): void {
  const { serial, parallel, console: consoles } = def.devices;
  checkIsaPorts(serial);
  number(serial);
  numberInTurn(parallel);
  // Those of the document have theirs; this is for one that came later.
  number(consoles);
  if (serial[0] !== undefined && consoles[0]?.target?.type === 'serial' && def.os.type.value === 'hvm')
    consoles[0].target.port = serial[0].target?.port ?? 0;
}

/** Parallel ports know only of those before them. */
function numberInTurn(devices: readonly { target?: { port?: number } }[]): void {
  let highest = -1;
  for (const device of devices) {
    device.target ??= {};
    device.target.port ??= highest + 1;
    highest = Math.max(highest, device.target.port);
  }
}

function number(devices: readonly (CharSource & { target?: { port?: number } })[]): void {
  let highest = -1;
  for (const { target } of devices) if (target?.port !== undefined) highest = Math.max(highest, target.port);
  for (const device of devices) {
    device.target ??= {};
    device.target.port ??= ++highest;
  }
}

const MOST_ISA_PORTS = 4;

/** Ports of the ISA bus are what their documents say, each once. */
function checkIsaPorts(serials: readonly SerialDef[]): void {
  const taken = new Set<number>();
  for (const { target } of serials) {
    if (target?.type !== 'isa-serial' || target.port === undefined) continue;
    if (target.port >= MOST_ISA_PORTS)
      throw internal(`Maximum supported number of ISA serial ports is '${MOST_ISA_PORTS}'`);
    if (taken.has(target.port)) throw internal(`target port '${target.port}' already allocated`);
    taken.add(target.port);
  }
}
