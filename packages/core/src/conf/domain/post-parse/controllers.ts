import type { ControllerDef, ControllerModel, ControllerType } from '../devices/controller.js';
import type { DomainDef } from '../domain-def.js';

/** virDomainControllerInsertPreAlloced: controllers of one type stand together by number, companions after their master. */
export function insertController(controllers: ControllerDef[], controller: ControllerDef): void {
  let at = -1;
  for (let i = controllers.length - 1; i >= 0; i--) {
    const other = controllers[i] as ControllerDef;
    if (other.type !== controller.type) continue;
    if (controller.index === -1) {
      at = i + 1;
      break;
    }
    if (other.index > controller.index) at = i;
    else if (controller.master === undefined && other.master !== undefined && other.index === controller.index) at = i;
    else if (at === -1) at = i + 1;
  }
  controllers.splice(at < 0 ? controllers.length : at, 0, controller);
}

const COMPANION_PORTS: Record<string, number> = { 'ich9-uhci1': 0, 'ich9-uhci2': 2, 'ich9-uhci3': 4 };

/** Puts the controllers in libvirt's order; companions of a USB 2 controller know their first port. */
export function orderControllers(def: DomainDef): void {
  const ordered: ControllerDef[] = [];
  for (const controller of def.devices.controller) {
    const port = controller.type === 'usb' ? COMPANION_PORTS[controller.model ?? ''] : undefined;
    if (port !== undefined) controller.master ??= { startport: port };
    insertController(ordered, controller);
  }
  def.devices.controller = ordered;
}

/** virDomainControllerFindUnusedIndex */
export function unusedControllerIndex(def: DomainDef, type: ControllerType): number {
  const used = new Set<number>();
  for (const controller of def.devices.controller) if (controller.type === type) used.add(controller.index);
  let index = 0;
  while (used.has(index)) index++;
  return index;
}

export const findController = (def: DomainDef, type: ControllerType, index: number): ControllerDef | undefined =>
  def.devices.controller.find((controller) => controller.type === type && controller.index === index);

/** virDomainDefMaybeAddController: adds it unless it is there; answers whether it was added. */
export function maybeAddController(
  def: DomainDef,
  type: ControllerType,
  index: number,
  model?: ControllerModel,
): boolean {
  if (findController(def, type, index) !== undefined) return false;
  addController(def, type, index, model);
  return true;
}

/** virDomainDefAddController */
export function addController(
  def: DomainDef,
  type: ControllerType,
  index: number,
  model?: ControllerModel,
): ControllerDef {
  const controller = { type, index, ...(model !== undefined && { model }) } as ControllerDef;
  insertController(def.devices.controller, controller);
  return controller;
}

const DISK_CONTROLLERS = ['scsi', 'ide', 'fdc', 'sata'] as const;

/** virDomainDefAddImplicitControllers: the controllers that the devices' addresses speak of. */
export function addImplicitControllers(def: DomainDef): void {
  for (const type of DISK_CONTROLLERS) addUpTo(def, type, highestDisk(def, type));
  addUpTo(def, 'virtio-serial', highestVirtioSerial(def));
  addScsiForHostdevs(def);
  addUpTo(def, 'ccid', highestCcid(def));
}

function addUpTo(def: DomainDef, type: ControllerType, last: number): void {
  for (let index = 0; index <= last; index++) maybeAddController(def, type, index);
}

function highestDisk(def: DomainDef, bus: (typeof DISK_CONTROLLERS)[number]): number {
  let highest = -1;
  for (const disk of def.devices.disk)
    if (disk.target?.bus === bus && disk.address?.type === 'drive')
      highest = Math.max(highest, disk.address.controller);
  return highest;
}

function highestVirtioSerial(def: DomainDef): number {
  let highest = -1;
  const { channel, console: consoles } = def.devices;
  for (const { target, address } of channel)
    if (target.type === 'virtio')
      highest = Math.max(highest, address?.type === 'virtio-serial' ? address.controller : 0);
  for (const { target, address } of consoles)
    if (target?.type === 'virtio')
      highest = Math.max(highest, address?.type === 'virtio-serial' ? address.controller : 0);
  return highest;
}

function addScsiForHostdevs(def: DomainDef): void {
  let highest = -1;
  for (const hostdev of def.devices.hostdev)
    if (hostdev.type === 'scsi')
      highest = Math.max(highest, hostdev.address?.type === 'drive' ? hostdev.address.controller : 0);
  addUpTo(def, 'scsi', highest);
}

function highestCcid(def: DomainDef): number {
  let highest = -1;
  for (const { address } of def.devices.smartcard)
    if (address?.type === 'ccid') highest = Math.max(highest, address.controller);
  return highest;
}
