import type { DomainDef } from '@virtkit/core/conf';
import { configUnsupported } from '../errors.js';
import type { ArgList } from './arg-list.js';
import { addChardev } from './chardevs.js';
import type { CommandContext } from './context.js';
import { addressProps } from './device-address.js';
import { virtioProps } from './virtio.js';

export function addShmems(args: ArgList, def: DomainDef, context: CommandContext): void {
  for (const shmem of def.devices.shmem) {
    const alias = shmem.alias?.name ?? '';
    const model = shmem.model?.type ?? 'ivshmem';
    if (model === 'ivshmem')
      throw configUnsupported(
        'ivshmem device is not supported with this QEMU binary: use ivshmem-plain or ivshmem-doorbell',
      );
    if (shmem.address?.type !== 'pci')
      throw configUnsupported("only 'pci' addresses are supported for the shared memory device");
    if (model === 'ivshmem-plain') {
      const master = shmem.role === undefined ? {} : { master: shmem.role === 'master' ? 'on' : 'off' };
      args.object({
        'qom-type': 'memory-backend-file',
        id: `shmmem-${alias}`,
        'mem-path': `/dev/shm/${shmem.name}`,
        size: shmem.size ?? 4 * 1024 * 1024,
        share: true,
      });
      args.device({ driver: model, id: alias, memdev: `shmmem-${alias}`, ...master, ...addressProps(def, shmem) });
    } else {
      args.device({
        driver: model,
        id: alias,
        chardev: `char${alias}`,
        ...(shmem.msi?.vectors !== undefined && { vectors: shmem.msi.vectors }),
        ...(shmem.msi?.ioeventfd !== undefined && { ioeventfd: shmem.msi.ioeventfd }),
        ...addressProps(def, shmem),
      });
      addChardev(
        args,
        context,
        {
          type: 'unix',
          source: { mode: 'connect', path: shmem.server?.path ?? `/var/lib/libvirt/shmem-${shmem.name}-sock` },
        },
        `char${alias}`,
      );
    }
  }
}

export function addVsock(args: ArgList, def: DomainDef, context: CommandContext): void {
  const { vsock } = def.devices;
  if (vsock === undefined) return;
  const cid =
    vsock.cid?.auto === true ? (vsock.cid.address ?? context.vsockCid) : (vsock.cid?.address ?? context.vsockCid);
  args.device({
    ...virtioProps('vhost-vsock', vsock, args.caps, vsock.model, vsock.driver),
    id: vsock.alias?.name ?? '',
    'guest-cid': cid,
    vhostfd: context.passedFd('vsock'),
    ...addressProps(def, vsock),
  });
}
