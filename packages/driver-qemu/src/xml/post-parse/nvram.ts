import { join } from 'node:path';
import type { DomainDef } from '@virtkit/core/conf';
import type { QemuXmlRules } from '../rules.js';

/** qemuDomainNVRAMPathFormat: UEFI's variables get a file of the domain's own. */
export function postParseNvram(def: DomainDef, { nvramDir }: QemuXmlRules): void {
  const { loader, nvram } = def.os;
  if (loader?.type !== 'pflash' || loader.readonly !== true || loader.stateless === true) return;
  if (nvram !== undefined && (nvram.type !== 'path' || nvram.path !== undefined)) return;
  def.os.nvram = { ...nvram, type: 'path', path: join(nvramDir, `${def.name}_VARS.fd`) };
}
