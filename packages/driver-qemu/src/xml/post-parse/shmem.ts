import type { ShmemDef } from '@virtkit/core/conf';
import { configUnsupported } from '../../errors.js';

/** qemuDomainShmemDefPostParse: of the newer models one has its memory from a server, the other never. */
export function settleShmem(shmem: ShmemDef): void {
  shmem.model ??= { type: 'ivshmem' };
  const { type } = shmem.model;
  if (type !== 'ivshmem-doorbell' && !shmem.size) shmem.size = 4 * 1024 * 1024;
  if (type === 'ivshmem') return;
  if (shmem.server === undefined) {
    if (type === 'ivshmem-doorbell')
      throw configUnsupported("shmem model 'ivshmem-doorbell' is supported only with server option enabled");
    return;
  }
  if (type === 'ivshmem-plain')
    throw configUnsupported("shmem model 'ivshmem-plain' is supported only with server option disabled");
  if (shmem.size) throw configUnsupported("shmem model 'ivshmem-doorbell' does not support size setting");
  delete shmem.size;
  (shmem.msi ??= {}).ioeventfd ??= true;
}
