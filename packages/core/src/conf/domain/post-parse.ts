import { ErrorCode, ErrorDomain, generateUuid, LibvirtError } from '../../util/index.js';
import { checkName } from '../common/index.js';
import { wrong } from './common/problems.js';
import { domainDevices } from './device-list.js';
import { type DomainDevice, noDevices } from './devices.js';
import type { DomainDef } from './domain-def.js';
import { postParseBoot } from './post-parse/boot.js';
import { addConsoleCompat, mirrorConsole, numberChardevPorts, numberConsoles } from './post-parse/chardevs.js';
import {
  addForHostdevs,
  addImplicitControllers,
  assignControllerIndexes,
  orderControllers,
} from './post-parse/controllers.js';
import { forgetRunTime, postParseDevice, settleInputs, settleNvram } from './post-parse/devices.js';
import { orderDisks } from './post-parse/disks.js';
import { postParseMemory } from './post-parse/memory.js';
import { settleOs } from './post-parse/os.js';
import { postParseTuning } from './post-parse/tuning.js';
import { addImplicitVideo, postParseVideos } from './post-parse/videos.js';
import { checkControllers } from './validate/controllers.js';
import { checkPanics } from './validate/counts.js';
import type { DomainParseOptions, DomainXmlOption } from './xml-option.js';

/** What reading a document settles before any default: what every domain has, and the order its devices stand in. */
export function arrangeDomain(def: DomainDef, option: DomainXmlOption): void {
  settle(def, option);
  arrangeDevices(def);
}

/** The order that devices stand in after reading, whatever their document's. */
export function arrangeDevices(def: DomainDef): void {
  orderDisks(def);
  orderControllers(def);
  numberConsoles(def);
}

/**
 * virDomainDefPostParse: fills in what the document of an arranged domain left open, the same for all drivers, with the driver's
 * hooks between.
 */
export function postParseDomain(def: DomainDef, option: DomainXmlOption, parse: DomainParseOptions = {}): void {
  const { postParse } = option;
  addForHostdevs(def);
  postParseTuning(def);
  postParse.basic?.(def, parse);
  if (def.os.type.value === 'exe' && def.os.init === undefined) throw wrong('init binary must be specified');
  assignControllerIndexes(def);
  addConsoleCompat(def);
  numberChardevPorts(def);
  settleInputs(def);
  postParse.domain?.(def, parse);
  addImplicitVideo(def);
  const complete = (device: DomainDevice): void => {
    if (parse.inactive !== false) forgetRunTime(device);
    postParse.device?.(device, def, parse);
    postParseDevice(device, def, option);
  };
  for (const device of domainDevices(def)) complete(device);
  settleNvram(def.os);
  postParseMemory(def, parse);
  postParseBoot(def, option);
  const known = new Set(def.devices.controller);
  addImplicitControllers(def);
  for (const device of def.devices.controller) if (!known.has(device)) complete({ kind: 'controller', device });
  checkPanics(def);
  checkControllers(def);
  postParseVideos(def);
  postParse.assignAddresses?.(def, parse);
  mirrorConsole(def);
}

/** What every domain has, whether its document says so or not. */
function settle(def: DomainDef, option: DomainXmlOption): void {
  const open = def as Partial<DomainDef>;
  if (open.name === undefined) throw new LibvirtError(ErrorCode.NO_NAME, ErrorDomain.DOMAIN);
  if (def.name.includes('/') && !option.features.has('name-slash')) throw wrong(`name ${def.name} cannot contain '/'`);
  checkName(def.name, '\n');
  open.uuid ??= generateUuid();
  if (def.genid === '') def.genid = generateUuid();
  if (def.title?.includes('\n') === true) throw wrong("Domain title can't contain newlines");
  open.vcpu ??= { value: 1 };
  settleOs(def);
  open.clock ??= { offset: 'utc', timer: [] };
  open.on_poweroff ??= 'destroy';
  open.on_reboot ??= 'restart';
  open.on_crash ??= 'destroy';
  open.devices = Object.assign(noDevices(), open.devices);
  settleLabels(def, option);
  settleFirmware(def);
}

/** A label of no security driver in particular is the host's own; where the host has none, nothing is labelled. */
function settleLabels({ seclabel }: DomainDef, { defaults: { securityModel } }: DomainXmlOption): void {
  const [label] = seclabel;
  if (securityModel === undefined || seclabel.length !== 1 || label === undefined) return;
  label.model ??= securityModel;
  if (label.model === 'none') seclabel[0] = { type: 'none', model: 'none' };
}

/** Keys are enrolled only in firmware that checks them. */
function settleFirmware({ os }: DomainDef): void {
  const features = os.firmwareInfo?.feature;
  if (features === undefined) return;
  const enrolled = features.find(({ name }) => name === 'enrolled-keys');
  const secure = features.find(({ name }) => name === 'secure-boot');
  if (enrolled?.enabled === true && secure === undefined) features.push({ enabled: true, name: 'secure-boot' });
  const last = new Map(features.map((feature) => [feature.name, feature]));
  features.splice(0, features.length, ...[...last.values()].sort((a, b) => (a.name < b.name ? -1 : 1)));
}
