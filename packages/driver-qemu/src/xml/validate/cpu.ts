import { isPpc64, isPSeries, isQ35, isX86 } from '../../machine.js';
import { need, refuseIf, type Subject } from './subject.js';

/** qemuValidateDomainDefIOThreads */
export function checkIoThreads(subject: Subject): void {
  const { iothreadids, defaultiothread } = subject.def;
  const pools = [...(iothreadids?.iothread ?? []), ...(defaultiothread === undefined ? [] : [defaultiothread])];
  if (pools.some((one) => one.thread_pool_min !== undefined || one.thread_pool_max !== undefined))
    need(
      subject,
      'iothread.thread-pool-max',
      'thread_pool_min and thread_pool_max is not supported by this QEMU binary',
    );
}

/** qemuValidateDomainDefCpu */
export function checkCpu({ def, caps }: Subject): void {
  const { cpu } = def;
  if (cpu === undefined) return;
  refuseIf(cpu.mode === 'maximum' && !caps.has('cpu-max'), 'maximum CPU is not supported by QEMU binary');
  const arch = def.os.type.arch ?? '';
  refuseIf(cpu.mode === 'maximum' && isPpc64(def), 'maximum CPU is not supported by QEMU binary');
  const ofHost = cpu.mode === 'host-passthrough' || cpu.mode === 'maximum';
  if (cpu.cache !== undefined) {
    const { mode, level } = cpu.cache;
    refuseIf(!isX86(def), `CPU cache specification is not supported for '${arch}' architecture`);
    if (mode === 'emulate') refuseIf(level !== 3, "CPU cache mode 'emulate' can only be used with level='3'");
    else {
      refuseIf(
        mode === 'passthrough' && !ofHost,
        "CPU cache mode 'passthrough' can only be used with 'host-passthrough' / 'maximum' CPUs",
      );
      refuseIf(level !== undefined, `unsupported CPU cache level for mode '${mode}'`);
    }
  }
  if (cpu.maxphysaddr !== undefined) {
    const { mode, bits } = cpu.maxphysaddr;
    refuseIf(
      !isX86(def),
      `CPU maximum physical address bits specification is not supported for '${arch}' architecture`,
    );
    refuseIf(
      mode === 'passthrough' && (cpu.mode === 'host-model' || cpu.mode === undefined),
      `CPU maximum physical address bits mode '${mode}' can only be used with 'host-passthrough' / 'maximum' CPUs`,
    );
    refuseIf(
      mode === 'passthrough' && bits !== undefined,
      "CPU maximum physical address bits number specification cannot be used with mode='passthrough'",
    );
    refuseIf(
      mode === 'emulate' && bits === undefined,
      "if using CPU maximum physical address mode='emulate', bits= must be specified too",
    );
  }
}

/** virCPUs that come and go only together. */
const granularity = ({ def }: Subject): number =>
  isPSeries(def) && def.cpu?.topology !== undefined ? def.cpu.topology.threads : 1;

const MOST_WITHOUT_EIM = 255;

/** qemuValidateDomainVCpuTopology, and the states of single vCPUs. */
export function checkVcpus(subject: Subject): void {
  const { def, caps } = subject;
  const { value: most, current = most } = def.vcpu;
  const limit = caps.machine(def.type, def.os.type.machine ?? '')?.maxCpus ?? 0;
  refuseIf(limit > 0 && most > limit, `Maximum CPUs greater than specified machine type limit ${limit}`);
  const { topology } = def.cpu ?? {};
  if (topology !== undefined)
    refuseIf(
      topology.sockets * topology.dies * topology.cores * topology.threads !== most,
      "CPU topology doesn't match maximum vcpu count",
    );
  const step = granularity(subject);
  refuseIf(
    most % step !== 0 || current % step !== 0,
    `vCPUs count must be a multiple of the vCPU hotplug granularity (${step})`,
  );
  if (isX86(def) && most > MOST_WITHOUT_EIM) {
    refuseIf(!isQ35(def), `more than ${MOST_WITHOUT_EIM} vCPUs are only supported on q35-based machine types`);
    refuseIf(
      def.devices.iommu?.driver?.eim !== true,
      `more than ${MOST_WITHOUT_EIM} vCPUs require extended interrupt mode enabled on the iommu device`,
    );
  }
  const first = def.vcpus?.vcpu.find(({ id }) => id === 0);
  refuseIf(first?.enabled === false || current === 0, "vcpu 0 can't be offline");
}
