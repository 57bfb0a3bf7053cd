import { domainDevices } from './device-list.js';
import type { DomainDef } from './domain-def.js';
import { checkAddresses } from './validate/addresses.js';
import { checkAudio } from './validate/audio.js';
import { checkChardevs } from './validate/chardevs.js';
import { checkControllers } from './validate/controllers.js';
import { checkDisks } from './validate/disks.js';
import { checkFilesystems } from './validate/filesystems.js';
import { checkFirmware } from './validate/firmware.js';
import { checkHostdevs } from './validate/hostdevs.js';
import { checkAliases, checkLabels, settleSysinfo } from './validate/identities.js';
import { checkInterfaces } from './validate/interfaces.js';
import { checkMemory } from './validate/memory.js';
import { checkAllocations, checkResources } from './validate/resources.js';
import { checkOnce, checkThreads } from './validate/threads.js';
import { checkVideos } from './validate/videos.js';
import type { DomainParseOptions, DomainXmlOption } from './xml-option.js';

/** What contradicts itself in the document as it stands, before anything is filled in. */
export function checkDocument(def: Partial<DomainDef>): void {
  checkAllocations(def);
  checkLabels(def);
  settleSysinfo(def);
}

/** virDomainDefValidate: what the domain's own driver refuses, then what no driver can make sense of. */
export function validateDomain(def: DomainDef, option: DomainXmlOption, parse: DomainParseOptions = {}): void {
  const { validate } = option;
  validate.domain?.(def, parse);
  if (validate.device !== undefined) for (const device of domainDevices(def)) validate.device(device, def, parse);
  checkDomain(def, option);
}

function checkDomain(def: DomainDef, option: DomainXmlOption): void {
  checkAliases(def);
  checkControllers(def);
  checkDisks(def, option);
  checkAddresses(def);
  checkHostdevs(def);
  checkVideos(def);
  checkResources(def);
  checkMemory(def);
  checkFirmware(def);
  checkChardevs(def);
  checkAudio(def);
  checkInterfaces(def);
  checkFilesystems(def);
  checkThreads(def);
  checkOnce(def);
}
