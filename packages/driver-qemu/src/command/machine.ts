import type { DomainDef } from '@virtkit/core/conf';
import type { QemuCaps } from '../capabilities/index.js';
import { configUnsupported } from '../errors.js';
import { isArmVirt, isPSeries, isS390, isX86 } from '../machine.js';
import type { CommandContext } from './context.js';

type Value = string | boolean | number | undefined;
type Put = (name: string, value: Value) => void;

/** Members of `-machine` that the machine itself does not decide. */
export interface MachineParts {
  /** Object that is the guest's main memory. */
  readonly memoryBackend: string | undefined;
  /** Nodes of firmware and of its variables. */
  readonly pflash: readonly (string | undefined)[];
}

/** qemuBuildMachineCommandLine */
export function machineArguments(
  def: DomainDef,
  caps: QemuCaps,
  context: CommandContext,
  { memoryBackend, pflash }: MachineParts,
): string[] {
  const { features = {}, os, devices } = def;
  const words: string[] = [os.type.machine ?? 'none'];
  const put: Put = (name, value) => {
    if (value !== undefined) words.push(`${name}=${typeof value === 'boolean' ? (value ? 'on' : 'off') : value}`);
  };
  // USB controllers are always devices of their own.
  put('usb', false);
  if (isX86(def)) put('vmport', features.vmport?.state);
  put('smm', features.smm?.state);
  if (isX86(def)) {
    put('kernel_irqchip', features.ioapic && (features.ioapic.driver === 'kvm' ? 'on' : 'split'));
  }
  if (isArmVirt(def)) {
    // Before there was a choice there was version 2.
    if (caps.has('gic-version')) put('gic-version', features.gic?.version);
    if (devices.iommu?.model === 'smmuv3') put('iommu', 'smmuv3');
  }
  for (const { name, state } of def.keywrap?.cipher ?? []) {
    if (!caps.has(`${name}-key-wrap`))
      throw configUnsupported(`${name}-key-wrap is not available with this QEMU binary`);
    put(`${name}-key-wrap`, state);
  }
  if (isPSeries(def)) putPSeries(def, put);
  put('dump-guest-core', def.memory.dumpCore ?? context.dumpGuestCore);
  if (def.memoryBacking?.nosharepages === true) put('mem-merge', false);
  if (devices.memory.some(({ model }) => model === 'nvdimm')) put('nvdimm', true);
  if (isS390(def)) put('loadparm', loadparm(def));
  if (hasHmat(def)) put('hmat', true);
  put('memory-backend', memoryBackend);
  for (const [index, node] of pflash.entries()) put(`pflash${index}`, node);
  if (os.bios?.useserial === true) put('graphics', false);
  if (def.launchSecurity !== undefined) put('confidential-guest-support', 'lsec0');
  if (isX86(def) && caps.has('machine-hpet'))
    for (const { name, present } of def.clock.timer) if (name === 'hpet') put('hpet', present);
  putSgx(def, put);
  return ['-machine', words.join(',')];
}

function putPSeries({ features = {} }: DomainDef, put: Put): void {
  const { hpt } = features;
  put('resize-hpt', hpt?.resizing);
  if (hpt?.maxpagesize !== undefined) put('cap-hpt-max-page-size', `${hpt.maxpagesize}k`);
  put('cap-htm', features.htm?.state);
  put('cap-nested-hv', features['nested-hv']?.state);
  put('cap-ccf-assist', features['ccf-assist']?.state);
  put('cap-cfpc', features.cfpc?.value);
  put('cap-sbbc', features.sbbc?.value);
  put('cap-ibs', features.ibs?.value);
}

function loadparm({ devices }: DomainDef): string | undefined {
  const boots = [...devices.disk, ...devices.interface, ...devices.hostdev].flatMap(({ boot }) => boot ?? []);
  // Only what is started from first says how.
  return boots.find(({ order }) => order === 1)?.loadparm;
}

/** virDomainNumaHasHMAT */
export function hasHmat(def: DomainDef): boolean {
  const numa = def.cpu?.numa;
  return (
    numa !== undefined && (numa.interconnects !== undefined || numa.cell.some(({ cache = [] }) => cache.length > 0))
  );
}

function putSgx({ devices }: DomainDef, put: Put): void {
  const sections = devices.memory.filter(({ model }) => model === 'sgx-epc');
  for (const [index, { alias, target }] of sections.entries()) {
    put(`sgx-epc.${index}.memdev`, `mem${alias?.name ?? ''}`);
    put(`sgx-epc.${index}.node`, target.node ?? 0);
  }
}
