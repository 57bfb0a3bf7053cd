import { contradictory } from '../common/problems.js';
import type { DomainDef } from '../domain-def.js';

/** virDomainDefOSValidate: a firmware is either named, or chosen by what it should be able to do. */
export function checkFirmware({ os }: DomainDef): void {
  const { firmware, firmwareInfo, loader, nvram } = os;
  const features = new Map(firmwareInfo?.feature.map(({ name, enabled }) => [name, enabled]));
  if (firmware === undefined) {
    if (features.size > 0)
      throw contradictory('cannot use feature-based firmware autoselection when firmware autoselection is disabled');
    if (loader === undefined) {
      if (nvram !== undefined) throw contradictory('no loader path specified and firmware auto selection disabled');
      return;
    }
    if (loader.path === undefined) throw contradictory('missing path of <loader>, and no firmware to choose it by');
    if (loader.type === 'rom' && loader.stateless === false)
      throw contradictory('Only pflash loader type permits NVRAM');
    if (loader.stateless === true && nvram !== undefined)
      throw contradictory(
        nvram.template === undefined
          ? 'NVRAM is not permitted when loader is stateless'
          : 'NVRAM template is not permitted when loader is stateless',
      );
    return;
  }
  if (features.get('enrolled-keys') === true && features.get('secure-boot') === false)
    throw contradictory(
      "firmware feature 'enrolled-keys' cannot be enabled when firmware feature 'secure-boot' is disabled",
    );
  if (firmware === 'bios' && Object.keys(nvram ?? {}).some((key) => key !== 'type'))
    throw contradictory('Only EFI firmware permits NVRAM');
  if (firmware === 'bios' && loader?.stateless === false) throw contradictory('Only EFI firmware permits NVRAM');
  for (const key of ['readonly', 'type', 'secure'] as const)
    if (loader?.[key] !== undefined && !(key === 'secure' && loader.secure === true))
      throw contradictory(`loader attribute '${key}' cannot be specified when firmware autoselection is enabled`);
  if (loader?.path !== undefined)
    throw contradictory('loader path cannot be specified when firmware autoselection is enabled');
}
