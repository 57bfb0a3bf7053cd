import type { Domain } from '@virtkit/core';
import { ErrorCode, LibvirtError } from '@virtkit/core/util';

/** How many CPUs the domain's host has. */
export async function hostCpus(domain: Domain): Promise<number> {
  try {
    return (await domain.connect.nodeGetCPUMap()).ncpus;
  } catch (error) {
    if (!LibvirtError.is(error) || error.code !== ErrorCode.NO_SUPPORT) throw error;
    return (await domain.connect.nodeGetInfo()).cpus;
  }
}
