import {
  type CpuidLeaf,
  hostCpuOf,
  type HostCpuDef,
  type MsrValue,
  X86_MSRS,
  type X86CpuData,
  x86Facts,
  x86HasFeature,
  x86Leaves,
} from '../../conf/index.js';
import { type DeviceRead, type HostReader, type ProcessorCounts, readCpuinfo } from '../../util/index.js';

/** virCPUProbeHost: the host's CPU as capabilities show it, sizes of pages aside. */
export async function readHostCpu(reader: HostReader, arch: string, counts: ProcessorCounts): Promise<HostCpuDef> {
  const x86 = arch === 'x86_64' || arch === 'i686';
  const [cpuinfo, data] = await Promise.all([readCpuinfo(reader), x86 ? readX86Data(reader) : undefined]);
  const cpu = hostCpuOf({ arch, cpuinfo, x86: data && x86Facts(data) });
  const frequency = data && (await hasKvm(reader)) ? tscFrequency(data, cpuinfo) : undefined;
  const { sockets, cores, threads } = counts;
  const scaling = /\btsc_scal(e|ing)\b/.test(`${cpuinfo.get('flags')} ${cpuinfo.get('vmx flags')}`);
  return {
    ...cpu,
    ...(frequency === undefined ? {} : { counter: { name: 'tsc', frequency, scaling } }),
    topology: { sockets, dies: 1, cores, threads },
  };
}

/** 10:232, as devices are numbered; another device in its place hides it. */
const hasKvm = (reader: HostReader): Promise<boolean> => reader.isDevice('/dev/kvm', 10, 232);

/** What CPUID says, by the kernel's cpuid device, which only root may read; undefined where it cannot be asked. */
function readX86Data(reader: HostReader): Promise<X86CpuData | undefined> {
  return reader.device('/dev/cpu/0/cpuid', async (read) => {
    const basic = (await askCpuid(read, 0, 0)).eax;
    const extended = (await askCpuid(read, 0x80000000, 0)).eax;
    const asked = [...x86Leaves(), ...TSC_LEAVES].filter(([leaf]) =>
      leaf >= 0x80000000 ? leaf <= extended : leaf >= 0x40000000 || leaf <= basic,
    );
    const cpuid: CpuidLeaf[] = [];
    for (const [leaf, subleaf] of asked) cpuid.push(await askCpuid(read, leaf, subleaf));
    return { cpuid, msr: await readMsrs(reader, { cpuid, msr: [] }) };
  });
}

async function askCpuid(read: DeviceRead, leaf: number, subleaf: number): Promise<CpuidLeaf> {
  const bytes = await read(subleaf * 2 ** 32 + leaf, 16);
  const at = (offset: number) => bytes?.readUInt32LE(offset) ?? 0;
  return { eax_in: leaf, ecx_in: subleaf, eax: at(0), ebx: at(4), ecx: at(8), edx: at(12) };
}

async function readMsrs(reader: HostReader, data: X86CpuData): Promise<MsrValue[]> {
  const wanted = X86_MSRS.filter(([, feature]) => x86HasFeature(data, feature));
  if (wanted.length === 0) return [];
  const values = await reader.device('/dev/cpu/0/msr', async (read) => {
    const found: MsrValue[] = [];
    for (const [index] of wanted) {
      const bytes = await read(index, 8);
      if (bytes !== undefined) found.push({ index, edx: bytes.readUInt32LE(4), eax: bytes.readUInt32LE(0) });
    }
    return found;
  });
  return values ?? [];
}

/** Hypervisors' timing leaf (kHz), and the ratio of the time stamp counter to the crystal. */
const TSC_LEAVES = [
  [0x40000010, 0],
  [0x15, 0],
] as const;

/** In Hz; the kernel's own number if the processor does not tell. */
function tscFrequency({ cpuid }: X86CpuData, cpuinfo: ReadonlyMap<string, string>): bigint | undefined {
  const leaf = (number: number) => cpuid.find((item) => item.eax_in === number);
  const virtual = /\bhypervisor\b/.test(cpuinfo.get('flags') ?? '') ? leaf(0x40000010) : undefined;
  if (virtual !== undefined && virtual.eax > 0) return BigInt(virtual.eax) * 1000n;
  const ratio = leaf(0x15);
  if (ratio !== undefined && ratio.eax > 0 && ratio.ebx > 0 && ratio.ecx > 0) {
    return (BigInt(ratio.ecx) * BigInt(ratio.ebx)) / BigInt(ratio.eax);
  }
  const mhz = Number(cpuinfo.get('cpu MHz'));
  return mhz > 0 ? BigInt(Math.round(mhz * 1000)) * 1000n : undefined;
}
