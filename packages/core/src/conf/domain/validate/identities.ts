import { parseUuid } from '../../../util/index.js';
import { contradictory, unsupported, wrong } from '../common/problems.js';
import { domainDevices } from '../device-list.js';
import type { DomainDef } from '../domain-def.js';

/** virDomainDefValidateAliases: names are given once only; consoles share the serial port's, and parts of one USB 2 controller theirs. */
export function checkAliases(def: DomainDef): void {
  const seen = new Set<string>();
  for (const { kind, device } of domainDevices(def)) {
    const name = (device as { alias?: { name: string } }).alias?.name;
    if (name === undefined || kind === 'console') continue;
    if (seen.has(name) && kind !== 'controller') throw unsupported(`non unique alias detected: ${name}`);
    seen.add(name);
  }
}

/** Labels of one security driver are given once. */
export function checkLabels({ seclabel = [] }: Partial<DomainDef>): void {
  const models = new Set<string>();
  for (const { model } of seclabel) {
    if (model === undefined) continue;
    if (models.has(model)) throw contradictory(`seclabel for model ${model} is already provided`);
    models.add(model);
  }
  if (seclabel.length > 1 && seclabel.some(({ model }) => model === undefined))
    throw wrong('missing security model when using multiple labels');
}

/** The domain's own UUID stands among what its firmware is told, too; where only that says it, it is taken from there. */
export function settleSysinfo(def: Partial<DomainDef>): void {
  for (const info of def.sysinfo ?? []) {
    if (info.type !== 'smbios') continue;
    const entry = info.system?.entry.find(({ name }) => name === 'uuid');
    const told = entry && parseUuid(entry.value);
    if (entry !== undefined && told === undefined) throw contradictory('malformed <sysinfo> uuid element');
    if (told === undefined) continue;
    def.uuid ??= told;
    if (told !== def.uuid) throw contradictory('UUID mismatch between <uuid> and <sysinfo>');
  }
}
