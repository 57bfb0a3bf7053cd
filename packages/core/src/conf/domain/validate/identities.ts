import { contradictory, unsupported, wrong } from '../common/problems.js';
import { domainDevices } from '../device-list.js';
import type { DomainDef } from '../domain-def.js';

/** Names that must be given once only: aliases, labels, the domain's own UUID. */
export function checkIdentities(def: DomainDef): void {
  checkAliases(def);
  checkLabels(def);
  checkSysinfo(def);
}

/** virDomainDefValidateAliases; consoles share the serial port's, and parts of one USB 2 controller theirs. */
function checkAliases(def: DomainDef): void {
  const seen = new Set<string>();
  for (const { kind, device } of domainDevices(def)) {
    const name = (device as { alias?: { name: string } }).alias?.name;
    if (name === undefined || kind === 'console') continue;
    if (seen.has(name) && kind !== 'controller') throw unsupported(`non unique alias detected: ${name}`);
    seen.add(name);
  }
}

function checkLabels({ seclabel }: DomainDef): void {
  const models = new Set<string>();
  for (const { model } of seclabel) {
    if (model === undefined) continue;
    if (models.has(model)) throw contradictory(`seclabel for model ${model} is already provided`);
    models.add(model);
  }
  if (seclabel.length > 1 && seclabel.some(({ model }) => model === undefined))
    throw wrong('missing security model when using multiple labels');
}

function checkSysinfo(def: DomainDef): void {
  for (const info of def.sysinfo ?? []) {
    if (info.type !== 'smbios') continue;
    const entry = info.system?.entry.find(({ name }) => name === 'uuid');
    if (entry !== undefined && entry.value.toLowerCase().replaceAll('-', '') !== def.uuid.replaceAll('-', ''))
      throw contradictory('UUID mismatch between <uuid> and <sysinfo>');
  }
}
