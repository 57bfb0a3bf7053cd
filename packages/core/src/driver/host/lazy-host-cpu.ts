import type { HostReader, ProcessorCounts } from '../../util/index.js';
import type { HostCpuDef } from '../../conf/index.js';

/**
 * virCPUProbeHost: the host's CPU as capabilities show it, sizes of pages aside. The CPU models and the XML they come with
 * are loaded at the first call: who only imports the driver contract does not need them.
 */
export async function readHostCpu(reader: HostReader, arch: string, counts: ProcessorCounts): Promise<HostCpuDef> {
  const { readHostCpu: read } = await import('./read-host-cpu.js');
  return read(reader, arch, counts);
}
