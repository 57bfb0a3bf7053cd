import type { FeaturesDef } from '@virtkit/core/conf';
import type { QemuFlag } from '../../capabilities/index.js';
import { xmlError } from '../../errors.js';
import { isArmVirt, isPpc64, isPSeries, isQ35, isX86 } from '../../machine.js';
import { refuseIf, type Subject } from './subject.js';

/** Features of POWER's paravirtual machine, with what QEMU needs to be able to do to switch them. */
const PSERIES: Readonly<Record<string, QemuFlag | undefined>> = {
  hpt: undefined,
  htm: 'machine.pseries.cap-htm',
  'nested-hv': 'machine.pseries.cap-nested-hv',
  'ccf-assist': 'machine.pseries.cap-ccf-assist',
  cfpc: 'machine.pseries.cap-cfpc',
  sbbc: 'machine.pseries.cap-sbbc',
  ibs: 'machine.pseries.cap-ibs',
};

const X86_ONLY = ['pvspinlock', 'ioapic'] as const;

const RING_SIZE = { min: 1024, max: 65536 };
const isPowerOfTwo = (value: number): boolean => Number.isInteger(Math.log2(value));

/** qemuValidateDomainDefFeatures */
export function checkFeatures({ def, caps }: Subject): void {
  const { features = {} } = def;
  const { arch = '', machine = '' } = def.os.type;
  const elsewhere = (name: string): string =>
    `The '${name}' feature is not supported for architecture '${arch}' or machine type '${machine}'`;
  for (const [name, flag] of Object.entries(PSERIES) as [string, QemuFlag | undefined][]) {
    if ((features as Record<string, unknown>)[name] === undefined) continue;
    refuseIf(!isPSeries(def), elsewhere(name));
    refuseIf(flag !== undefined && !caps.has(flag), `${name} configuration is not supported by this QEMU binary`);
  }
  if (features.hpt?.maxpagesize !== undefined)
    refuseIf(
      !caps.has('machine.pseries.cap-hpt-max-page-size'),
      'Setting the maximum page size of the hash page table is not supported by this QEMU binary',
    );
  refuseIf(features.gic !== undefined && !isArmVirt(def), elsewhere('gic'));
  for (const name of X86_ONLY) refuseIf(features[name] !== undefined && !isX86(def), elsewhere(name));
  refuseIf(
    features.apic?.eoi !== undefined && !isX86(def),
    `The 'eoi' attribute of the 'apic' feature is not supported for architecture '${arch}' or machine type '${machine}'`,
  );
  refuseIf(features.pmu?.state === false && isPpc64(def), `PMU is always enabled for architecture '${arch}'`);
  const buffer = features.tcg?.['tb-cache'];
  if (features.tcg !== undefined) {
    refuseIf(def.type !== 'qemu', `TCG features are incompatible with domain type '${def.type}'`);
    refuseIf((buffer ?? 0) % 1024 !== 0, 'tb-cache size must be an integer multiple of MiB');
  }
  if (features.smm?.state === true) {
    refuseIf(features.smm.tseg !== undefined && !isQ35(def), 'SMM TSEG is only supported with q35 machine type');
    refuseIf(
      features.smm.tseg !== undefined && !caps.has('mch.extended-tseg-mbytes'),
      'Setting TSEG size is not supported with this QEMU binary',
    );
  }
  refuseIf(
    features.vmcoreinfo?.state === true && !caps.has('vmcoreinfo'),
    'vmcoreinfo is not available with this QEMU binary',
  );
  refuseIf(
    features.vmport !== undefined && !caps.has('machine-vmport-opt'),
    'vmport is not available with this QEMU binary',
  );
  const ring = features.kvm?.['dirty-ring'];
  if (
    ring?.state === true &&
    !(RING_SIZE.min <= (ring.size ?? 0) && (ring.size ?? 0) <= RING_SIZE.max && isPowerOfTwo(ring.size ?? 0))
  )
    throw xmlError(`dirty ring must be power of 2 and ranges [${RING_SIZE.min}, ${RING_SIZE.max}]`);
  if (features.hyperv !== undefined) {
    refuseIf(
      !isX86(def) && !isArmVirt(def),
      `Hyperv features are not supported for architecture '${arch}' or machine type '${machine}'`,
    );
    checkHyperv(features.hyperv);
  }
}

function checkHyperv({ spinlocks, vendor_id: vendor }: NonNullable<FeaturesDef['hyperv']>): void {
  if (spinlocks?.state === true && (spinlocks.retries ?? LEAST_RETRIES) < LEAST_RETRIES)
    throw xmlError(`HyperV spinlock retry count must be at least ${LEAST_RETRIES}`);
  if ((vendor?.value ?? '').length > LONGEST_VENDOR)
    throw xmlError(`HyperV vendor_id value must not be more than ${LONGEST_VENDOR} characters.`);
}

const LEAST_RETRIES = 4095;
const LONGEST_VENDOR = 12;

/** qemuValidateDomainDefClockTimers */
export function checkTimers({ def, caps }: Subject): void {
  const { arch = '', machine = '' } = def.os.type;
  for (const timer of def.clock.timer) {
    const { name, track, tickpolicy } = timer;
    const elsewhere = `Configuring the '${name}' timer is not supported for virtType=${def.type} arch=${arch} machine=${machine} guests`;
    if (timer.catchup !== undefined && tickpolicy !== 'catchup')
      throw xmlError("setting of timer catchup policies is only supported with tickpolicy='catchup'");
    switch (name) {
      case 'platform':
        refuseIf(true, `unsupported timer type (name) '${name}'`);
        break;
      case 'tsc':
      case 'kvmclock':
      case 'hypervclock':
        refuseIf(timer.present === true && !isX86(def), elsewhere);
        break;
      case 'rtc':
        refuseIf(track === 'boot', `unsupported rtc timer track '${track}'`);
        refuseIf(
          tickpolicy === 'merge' || tickpolicy === 'discard',
          `unsupported rtc timer tickpolicy '${tickpolicy}'`,
        );
        break;
      case 'pit':
        refuseIf(
          tickpolicy === 'merge' || (tickpolicy === 'catchup' && !isX86(def)),
          `unsupported pit tickpolicy '${tickpolicy}'`,
        );
        break;
      case 'hpet':
        refuseIf(timer.present === true && !caps.has('no-hpet'), 'hpet timer is not supported');
        break;
      case 'armvtimer':
        refuseIf(def.type !== 'kvm' || !isArmVirt(def), elsewhere);
        refuseIf(timer.present === false, `The '${name}' timer can't be disabled`);
        refuseIf(
          tickpolicy === 'catchup' || tickpolicy === 'merge',
          `The '${name}' timer does not support tickpolicy '${tickpolicy}'`,
        );
        break;
    }
  }
}
