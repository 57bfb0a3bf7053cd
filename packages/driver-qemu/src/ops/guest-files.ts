import type { GuestOps } from '@virtkit/core/driver';
import { type AgentFilesystem, diskAt } from '../agent/filesystems.js';
import { agentCommand } from '../agent/index.js';
import { argumentUnsupported } from '../errors.js';
import type { QemuHost } from '../host/qemu-host.js';
import { jobsOf } from './job.js';

/** File systems of guests, as their agents see them. */
export const guestFileOps = (host: QemuHost) => {
  const { find } = jobsOf(host);
  return {
    domainGetFSInfo: async (ref, _flags, call) => {
      const domain = find(ref);
      const all = await agentCommand<AgentFilesystem[]>(domain, 'guest-get-fsinfo', undefined, call);
      return all.map(({ mountpoint, name, type, disk }) => ({
        mountpoint,
        name,
        fstype: type,
        devAliases: disk.flatMap((one) => diskAt(domain.def, one) ?? []),
      }));
    },

    domainFSFreeze: (ref, mountpoints, _flags, call) => {
      const domain = find(ref);
      return mountpoints.length === 0
        ? agentCommand<number>(domain, 'guest-fsfreeze-freeze', undefined, call)
        : agentCommand<number>(domain, 'guest-fsfreeze-freeze-list', { mountpoints }, call);
    },

    domainFSThaw: (ref, mountpoints, _flags, call) => {
      if (mountpoints.length > 0) throw argumentUnsupported('specifying mountpoints is not supported');
      return agentCommand<number>(find(ref), 'guest-fsfreeze-thaw', undefined, call);
    },

    domainFSTrim: async (ref, mountpoint, minimum, _flags, call) => {
      if (mountpoint !== null) throw argumentUnsupported('Specifying mount point is not supported for now');
      await agentCommand(find(ref), 'guest-fstrim', { minimum }, call);
    },
  } satisfies GuestOps;
};
