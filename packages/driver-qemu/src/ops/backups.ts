import { alignBackupDisks, domainBackup, parseBackup, validateDocument } from '@virtkit/core/conf';
import type { CheckpointOps } from '@virtkit/core/driver';
import { noBackup, operationUnsupported } from '../errors.js';
import type { QemuHost } from '../host/qemu-host.js';

/** Backups of guests that run: descriptions are checked and refused as libvirt does; none is carried out yet. */
export const backupOps = (host: QemuHost) =>
  ({
    async domainBackupBegin(ref, xml, _checkpointXml, _flags, { signal }) {
      const domain = host.domains.byUuid(ref.uuid, ref.name);
      // Unlike other documents, this one must fit its schema.
      await validateDocument('domainbackup', domainBackup, xml);
      const def = parseBackup(xml);
      await domain.jobs.run(
        'domainBackupBegin',
        () => {
          domain.assertListed();
          if (!domain.active) throw operationUnsupported('cannot perform disk backup for inactive domain');
          alignBackupDisks(def, domain.def, String(Math.floor(host.clock.now() / 1000)));
          throw operationUnsupported(
            `this driver does not make backups: a disk-only snapshot leaves the image of domain '${domain.name}' unchanged, to be copied`,
          );
        },
        { signal },
      );
    },

    domainBackupGetXMLDesc(ref) {
      host.domains.byUuid(ref.uuid, ref.name);
      throw noBackup('no domain backup job present');
    },
  }) satisfies CheckpointOps;
