import { ErrorCode, ErrorDomain, generateUuid, LibvirtError } from '../../util/index.js';
import { contradictory, wrong } from './common/problems.js';
import { domainDevices } from './device-list.js';
import { type DevicesDef, noDevices } from './devices.js';
import type { DomainDef } from './domain-def.js';
import { postParseBoot } from './post-parse/boot.js';
import { addConsoleCompat, numberChardevPorts } from './post-parse/chardevs.js';
import { addImplicitControllers, orderControllers } from './post-parse/controllers.js';
import { postParseDevice } from './post-parse/devices.js';
import { orderDisks } from './post-parse/disks.js';
import { postParseMemory } from './post-parse/memory.js';
import { addImplicitVideo, postParseVideos } from './post-parse/videos.js';
import { postParseTuning } from './post-parse/tuning.js';
import type { DomainParseOptions, DomainXmlOption } from './xml-option.js';

/** virDomainDefPostParse: fills in what the document left open, the same for all drivers, with the driver's hooks between. */
export function postParseDomain(def: DomainDef, option: DomainXmlOption, parse: DomainParseOptions = {}): void {
  const { postParse } = option;
  settle(def, option);
  postParse.basic?.(def, parse);
  postParseMemory(def, parse);
  postParseTuning(def, option);
  orderDisks(def);
  orderControllers(def);
  addConsoleCompat(def);
  numberChardevPorts(def);
  for (const device of domainDevices(def)) {
    postParse.device?.(device, def, parse);
    postParseDevice(device, def, option);
  }
  postParseBoot(def, option);
  postParse.domain?.(def, parse);
  addImplicitControllers(def);
  addImplicitVideo(def);
  postParseVideos(def);
  postParse.assignAddresses?.(def, parse);
}

/** What every domain has, whether its document says so or not. */
function settle(def: DomainDef, option: DomainXmlOption): void {
  const open = def as Partial<DomainDef>;
  if (open.name === undefined) throw new LibvirtError(ErrorCode.NO_NAME, ErrorDomain.DOMAIN);
  if (def.name.includes('/') && !option.features.has('name-slash')) throw wrong(`name ${def.name} cannot contain '/'`);
  open.uuid ??= generateUuid();
  if (def.genid === '') def.genid = generateUuid();
  if (def.title?.includes('\n') === true) throw wrong("Domain title can't contain newlines");
  open.vcpu ??= { value: 1 };
  def.vcpu.placement ??= 'static';
  open.os ??= { type: { value: '' }, boot: [] };
  open.clock ??= { offset: 'utc', timer: [] };
  open.on_poweroff ??= 'destroy';
  open.on_reboot ??= 'restart';
  open.on_crash ??= 'destroy';
  open.devices = { ...noDevices(), ...(open.devices as DevicesDef | undefined) };
  checkSysinfo(def);
}

function checkSysinfo(def: DomainDef): void {
  for (const info of def.sysinfo ?? []) {
    if (info.type !== 'smbios') continue;
    const entry = info.system?.entry.find(({ name }) => name === 'uuid');
    if (entry !== undefined && entry.value.toLowerCase().replaceAll('-', '') !== def.uuid.replaceAll('-', ''))
      throw contradictory('UUID mismatch between <uuid> and <sysinfo>');
  }
}
