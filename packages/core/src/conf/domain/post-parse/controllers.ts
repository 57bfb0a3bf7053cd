import type { ControllerDef, ControllerModel, ControllerOf, ControllerType } from '../devices/controller.js';
import { unsupported } from '../common/problems.js';
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

/** virDomainAssignControllerIndexes: the lowest free numbers; parts of one USB 2 controller share theirs. */
export function assignControllerIndexes(def: DomainDef): void {
  const { controller: controllers } = def.devices;
  controllers.forEach((controller, place) => {
    if (controller.index !== -1) return;
    const previous = controllers[place - 1];
    controller.index =
      previous !== undefined &&
      isIch9(previous) &&
      isIch9(controller) &&
      !hasPart(controllers, controller as ControllerOf<'usb'>, previous.index)
        ? previous.index
        : unusedControllerIndex(def, controller.type);
  });
}

const isIch9 = (controller: ControllerDef): boolean =>
  controller.type === 'usb' && controller.model?.startsWith('ich9-') === true;

const hasPart = (controllers: readonly ControllerDef[], { model }: ControllerOf<'usb'>, index: number): boolean =>
  controllers.some((other) => other.type === 'usb' && other.index === index && other.model === model);

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
  def.devices.controller.push(controller);
  return controller;
}

const DISK_CONTROLLERS = ['scsi', 'fdc', 'ide', 'sata'] as const;

/** virDomainDefAddImplicitControllers: the controllers that the devices' addresses speak of. */
export function addImplicitControllers(def: DomainDef): void {
  for (const type of DISK_CONTROLLERS) addUpTo(def, type, highestDisk(def, type));
  for (const { target, address } of [...def.devices.channel, ...def.devices.console])
    if (target?.type === 'virtio')
      maybeAddController(def, 'virtio-serial', address?.type === 'virtio-serial' ? address.controller : 0);
  addForSmartcards(def);
  addForHostdevs(def);
}

/** More controllers than any machine has; libvirt would be busy adding them for as long as it lasts. */
const MOST_CONTROLLERS = 4096;
/** From here on libvirt takes the number for a negative one, and adds nothing. */
const NEGATIVE = 0x80000000;

function addUpTo(def: DomainDef, type: ControllerType, last: number, model?: ControllerModel): void {
  if (last >= NEGATIVE) return;
  if (last >= MOST_CONTROLLERS)
    throw unsupported(`an address speaks of ${type} controller ${last}: there can be ${MOST_CONTROLLERS} at most`);
  for (let index = 0; index <= last; index++) maybeAddController(def, type, index, model);
}

function highestDisk(def: DomainDef, bus: (typeof DISK_CONTROLLERS)[number]): number {
  let highest = -1;
  for (const disk of def.devices.disk)
    if (disk.target?.bus === bus && disk.address?.type === 'drive')
      highest = Math.max(highest, disk.address.controller);
  return highest;
}

/** A smart card without address goes to the next slot of the first reader. */
function addForSmartcards(def: DomainDef): void {
  let slot = -1;
  for (const { address } of def.devices.smartcard)
    if (address?.type === 'ccid' && address.controller === 0) slot = Math.max(slot, address.slot);
  for (const card of def.devices.smartcard) {
    card.address ??= { type: 'ccid', controller: 0, slot: ++slot };
    if (card.address.type !== 'ccid') continue;
    maybeAddController(def, 'ccid', card.address.controller);
  }
}

/**
 * virDomainDefMaybeAddHostdevSCSIcontroller: a SCSI device without address will be on the first controller. New ones are
 * of the kind that the devices before are on.
 */
export function addForHostdevs(def: DomainDef): void {
  let highest = -1;
  let model: ControllerModel | undefined;
  for (const hostdev of def.devices.hostdev) {
    if (hostdev.type !== 'scsi') continue;
    const index = hostdev.address?.type === 'drive' ? hostdev.address.controller : 0;
    if (index <= highest) continue;
    highest = index;
    const found = hostdev.address && findController(def, 'scsi', index);
    if (found?.type === 'scsi' && found.model !== undefined) model = found.model;
  }
  addUpTo(def, 'scsi', highest, model);
}
