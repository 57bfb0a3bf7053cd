import { domainDevices } from './device-list.js';
import type { DomainDef } from './domain-def.js';
import { checkAddresses } from './validate/addresses.js';
import { checkAudio } from './validate/audio.js';
import { checkChardevs } from './validate/chardevs.js';
import { checkClock } from './validate/clock.js';
import { checkUsb } from './validate/controllers.js';
import { checkIommu, checkTpmCount } from './validate/counts.js';
import { checkDevice } from './validate/devices.js';
import { checkDisks } from './validate/disks.js';
import { checkFirmware } from './validate/firmware.js';
import { checkHostdevs } from './validate/hostdevs.js';
import { checkAliases, checkLabels, settleSysinfo } from './validate/identities.js';
import { checkInterfaces } from './validate/interfaces.js';
import { checkMemory } from './validate/memory.js';
import { checkCells } from './validate/numa.js';
import { checkAllocations, checkResources } from './validate/resources.js';
import { checkOnce, checkPins, checkSchedulers, checkThreads, checkVcpuIds } from './validate/threads.js';
import { checkVideos } from './validate/videos.js';
import type { DomainParseOptions, DomainXmlOption } from './xml-option.js';

/** What contradicts itself in the document as it stands, before anything is filled in. */
export function checkDocument(def: Partial<DomainDef>): void {
  checkVcpuIds(def);
  checkPins(def);
  checkCells(def);
  checkSchedulers(def);
  checkAllocations(def);
  checkUsb(def);
  checkTpmCount(def);
  checkLabels(def);
  settleSysinfo(def);
}

/** virDomainDefValidate: what the domain's own driver refuses, then what no driver can make sense of. */
export function validateDomain(def: DomainDef, option: DomainXmlOption, parse: DomainParseOptions = {}): void {
  const { validate } = option;
  validate.domain?.(def, parse);
  for (const device of domainDevices(def)) {
    checkDevice(device, def, option);
    validate.device?.(device, def, parse);
  }
  checkDomain(def);
}

function checkDomain(def: DomainDef): void {
  checkAliases(def);
  checkDisks(def);
  checkAddresses(def);
  checkHostdevs(def);
  checkVideos(def);
  checkResources(def);
  checkMemory(def);
  checkFirmware(def);
  checkClock(def);
  checkChardevs(def);
  checkAudio(def);
  checkInterfaces(def);
  checkThreads(def);
  checkOnce(def);
  checkIommu(def);
}
