import type { DomainDef } from '@virtkit/core/conf';
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtkit/core/util';
import { type FirmwareDescriptor, firmwareFits, type FirmwareMapping } from './descriptor.js';

const INTERFACE = { bios: 'bios', efi: 'uefi' } as const;

/** A guest whose memory is encrypted with its registers too. */
const SEV_ES = 4;

type Flash = Extract<FirmwareMapping, { device: 'flash' }>;

/**
 * qemuFirmwareFillDomain: where `<os firmware=''>` leaves the choice to us, the first installed firmware that the domain can
 * use, written into the definition as if it had been named there. `variables` says where the guest keeps what its firmware
 * remembers. Raises OPERATION_FAILED where no firmware fits.
 */
export function selectFirmware(
  def: DomainDef,
  descriptors: readonly FirmwareDescriptor[],
  machine: string,
  variables: string,
): void {
  const wanted = def.os.firmware;
  if (wanted === undefined || def.os.loader?.path !== undefined) return;
  const found = descriptors.find((descriptor) => isSuitable(def, wanted, descriptor, machine));
  if (found === undefined)
    throw new LibvirtError(
      ErrorCode.OPERATION_FAILED,
      ErrorDomain.QEMU,
      `Unable to find any firmware to satisfy '${wanted}': domain '${def.name}' needs one for ${def.os.type.arch ?? ''} ${machine}; install it, or name it in <loader>`,
    );
  apply(def, found, variables);
}

function isSuitable(def: DomainDef, wanted: 'bios' | 'efi', descriptor: FirmwareDescriptor, machine: string): boolean {
  const { features, mapping } = descriptor;
  const has = (feature: string): boolean => features.includes(feature);
  if (!descriptor['interface-types'].includes(INTERFACE[wanted])) return false;
  if (!firmwareFits(descriptor, def.os.type.arch ?? '', machine)) return false;
  if (!fitsMapping(def, mapping)) return false;
  if (def.pm?.['suspend-to-mem']?.enabled === true && !has('acpi-s3')) return false;
  if (def.pm?.['suspend-to-disk']?.enabled === true && !has('acpi-s4')) return false;
  for (const { name, enabled } of def.os.firmwareInfo?.feature ?? []) if (has(name) !== enabled) return false;
  const secure = def.os.loader?.secure;
  if (secure === true && !has('secure-boot')) return false;
  if (secure === false && has('requires-smm')) return false;
  if (def.features?.smm?.state === false && has('requires-smm')) return false;
  const security = def.launchSecurity;
  if (security?.type !== 'sev') return true;
  return has((security.policy & SEV_ES) === 0 ? 'amd-sev' : 'amd-sev-es');
}

/** Variables are kept apart from the code, or not at all; one file for both cannot be shared by guests. */
function fitsMapping({ os }: DomainDef, mapping: FirmwareMapping): boolean {
  if (mapping.device !== 'flash') return true;
  const mode = mapping.mode ?? 'split';
  if (mode === 'combined') return false;
  return (os.loader?.stateless ?? false) === (mode === 'stateless');
}

function apply(def: DomainDef, { mapping, features }: FirmwareDescriptor, variables: string): void {
  const { os } = def;
  if (mapping.device === 'kernel') {
    os.kernel = mapping.filename;
    return;
  }
  if (mapping.device === 'memory') {
    os.loader = { ...os.loader, type: 'rom', path: mapping.filename };
    return;
  }
  applyFlash(def, mapping, features.includes('requires-smm'), variables);
}

function applyFlash(def: DomainDef, mapping: Flash, needsSmm: boolean, variables: string): void {
  const { os } = def;
  os.loader = {
    ...os.loader,
    readonly: true,
    type: 'pflash',
    ...(needsSmm && { secure: true }),
    path: mapping.executable.filename,
  };
  if (needsSmm)
    def.features = { ...def.features, smm: { ...def.features?.smm, state: true } } as DomainDef['features'] & object;
  if ((mapping.mode ?? 'split') === 'split') {
    const template = mapping['nvram-template']?.filename;
    const own = os.nvram ?? { type: 'path' as const };
    os.nvram = {
      ...(template !== undefined && { template }),
      ...own,
      ...(own.type === 'path' && own.path === undefined && { path: variables }),
    } as typeof own;
  }
}
