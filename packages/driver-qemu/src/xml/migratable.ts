import { type DomainDef, type DomainXmlOption, formatDomain, parseDomain, type SerialDef } from '@virtkit/core/conf';
import { isI440fx } from '../machine.js';
import { defaultAudio } from './post-parse/default-devices.js';
import { isGeneratedPath } from './post-parse/chardevs.js';

/**
 * A copy of a definition that says nothing an older host would not know and would have by itself: devices that every
 * guest of the machine has, and words newer than the devices they name.
 */
export function migratableDef(def: DomainDef, option: DomainXmlOption, inactive: boolean): DomainDef {
  const text = formatDomain(def, option, { inactive, secure: true });
  const copy = parseDomain(text, option, { inactive, skipValidate: true });
  const { devices } = copy;
  devices.controller = devices.controller.filter((controller) => !isImpliedController(controller, copy));
  devices.input = devices.input.filter(({ type, bus, alias }) => type !== 'keyboard' || bus !== 'ps2' || alias);
  devices.panic = devices.panic.filter(({ model, address }) => address || (model !== 'pseries' && model !== 's390'));
  const [audio] = devices.audio;
  if (devices.audio.length === 1 && audio?.id === 1 && audio.type === defaultAudio(devices.graphics)) {
    if (Object.keys(audio).length === 2) devices.audio = [];
  }
  dropPconfig(copy);
  // What is the only implementation there is was not always said.
  for (const controller of devices.controller)
    if (controller.type === 'pci' && controller.model === 'pci-root') delete controller.modelName;
  for (const disk of devices.disk) {
    const reservations = disk.source?.reservations;
    if (reservations?.managed === true) delete reservations.source;
  }
  for (const serial of devices.serial) dropNewTarget(serial);
  for (const channel of devices.channel) if (isGeneratedPath(channel, [])) delete channel.source;
  return copy;
}

type Controller = DomainDef['devices']['controller'][number];

/** The USB controller and the root that every PC has, unless something is said of them. */
function isImpliedController(controller: Controller, def: DomainDef): boolean {
  const { type, index, alias, driver } = controller;
  const alone = !def.devices.controller.some((other) => other !== controller && other.type === type);
  if (!alone || index !== 0 || alias !== undefined || driver !== undefined) return false;
  if (type === 'usb')
    return isI440fx(def) && controller.ports === undefined && (controller.model ?? 'piix3-uhci') === 'piix3-uhci';
  if (type !== 'pci') return false;
  return controller.model === 'pci-root' && controller.pcihole64 === undefined && controller.target?.node === undefined;
}

/** The model had this feature once by mistake: where that is still so, it must not come back. */
function dropPconfig({ cpu }: DomainDef): void {
  if (cpu?.mode !== 'custom' || cpu.model?.name?.startsWith('Icelake-Server') !== true) return;
  const known = cpu.feature.find(({ name }) => name === 'pconfig');
  if (known === undefined) cpu.feature.push({ policy: 'disable', name: 'pconfig' });
  else if (known.policy === 'optional') known.policy = 'disable';
}

/** Serial ports that a machine has of its own were without type and model once. */
function dropNewTarget({ target }: SerialDef): void {
  if (target?.type !== 'spapr-vio-serial' && target?.type !== 'system-serial') return;
  delete target.type;
  delete target.model;
}
