import { program } from '../procedure.js';
import { sessionProcedures, sessionMessages } from './session.js';
import { hostProcedures } from './host.js';
import { domainProcedures } from './domain.js';
import { domainDevicesProcedures } from './domain-devices.js';
import { domainTuningProcedures } from './domain-tuning.js';
import { domainGuestProcedures } from './domain-guest.js';
import { domainMigrationProcedures } from './domain-migration.js';
import { domainSnapshotsProcedures } from './domain-snapshots.js';
import { domainEventsProcedures, domainMessages } from './domain-events.js';
import { networkMessages, networkProcedures } from './network.js';
import { storagePoolMessages, storagePoolProcedures } from './storage-pool.js';
import { storageVolumeProcedures } from './storage-volume.js';
import { interfaceProcedures } from './interface.js';
import { nwfilterProcedures } from './nwfilter.js';
import { nodeDeviceMessages, nodeDeviceOfHypervisorProcedures, nodeDeviceProcedures } from './node-device.js';
import { secretMessages, secretProcedures } from './secret.js';

/** Program remote: what every libvirt daemon speaks on its main sockets. */
export const remote = program({ name: 'remote', number: 0x20008086, version: 1 }, [
  ['hypervisor', sessionProcedures],
  [undefined, sessionMessages],
  ['hypervisor', hostProcedures],
  ['hypervisor', domainProcedures],
  ['hypervisor', domainDevicesProcedures],
  ['hypervisor', domainTuningProcedures],
  ['hypervisor', domainGuestProcedures],
  ['hypervisor', domainMigrationProcedures],
  ['hypervisor', domainSnapshotsProcedures],
  ['hypervisor', domainEventsProcedures],
  [undefined, domainMessages],
  ['network', networkProcedures],
  [undefined, networkMessages],
  ['storage', storagePoolProcedures],
  [undefined, storagePoolMessages],
  ['storage', storageVolumeProcedures],
  ['interface', interfaceProcedures],
  ['nwfilter', nwfilterProcedures],
  ['nodeDevice', nodeDeviceProcedures],
  ['hypervisor', nodeDeviceOfHypervisorProcedures],
  [undefined, nodeDeviceMessages],
  ['secret', secretProcedures],
  [undefined, secretMessages],
]);
