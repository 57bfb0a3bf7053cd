import { contradictory, unsupported, wrong } from '../common/problems.js';
import type { ControllerDef } from '../devices/controller.js';
import type { DomainDef } from '../domain-def.js';

/** virDomainDefRejectDuplicateControllers */
export function checkControllers(def: DomainDef): void {
  const seen = new Set<string>();
  for (const { type, index } of def.devices.controller) {
    // Which ports there are on USB is for those to say who assign them.
    if (type === 'usb') continue;
    const key = `${type} ${index}`;
    if (seen.has(key)) throw wrong(`Multiple '${type}' controllers with index '${index}'`);
    seen.add(key);
  }
}

/** Host bridges of POWER's paravirtual machine. */
const MOST_BRIDGES = 31;

const MOST_BUSES = 255;

/** virDomainControllerDefValidate */
export function checkController(controller: ControllerDef): void {
  if (controller.type === 'pci' && controller.index > MOST_BUSES)
    throw unsupported(`PCI controller index ${controller.index} too high, maximum is ${MOST_BUSES}`);
  const index = controller.type === 'pci' ? controller.target?.index : undefined;
  if (index !== undefined && index >= MOST_BRIDGES)
    throw unsupported(`PCI controller target index '${index}' out of range - must be 0-${MOST_BRIDGES - 1}`);
}

/** What a document says of a domain without USB. */
export function checkUsb(def: Pick<Partial<DomainDef>, 'devices'>): void {
  if (def.devices === undefined) return;
  const usb = def.devices.controller.filter((controller) => controller.type === 'usb');
  if (usb.length > 0 && usb.every((controller) => controller.master !== undefined))
    throw contradictory('No master USB controller specified');
  if (!usb.some(({ model }) => model === 'none')) return;
  if (usb.length > 1) throw contradictory("Can't add another USB controller: USB is disabled for this domain");
  if (def.devices.input.some(({ bus }) => bus === 'usb'))
    throw unsupported("Can't add USB input device. USB bus is disabled");
  if (def.devices.hostdev.some(({ type }) => type === 'usb'))
    throw unsupported("Can't add host USB device: USB is disabled in this host");
  if (def.devices.hub.length > 0) throw unsupported("Can't add USB hub: USB is disabled for this domain");
}

/** virDomainDefHasUSB */
export const hasUsb = ({ devices }: DomainDef): boolean =>
  devices.controller.some((controller) => controller.type === 'usb' && controller.model !== 'none');
