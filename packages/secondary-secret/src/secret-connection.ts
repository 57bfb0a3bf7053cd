import { formatSecret, parseSecret, secretElement, validateDocument } from '@virtkit/core/conf';
import {
  type DriverConnection,
  type Identity,
  Registrations,
  type SecretDriver,
  secretEventOps,
  secretFilter,
  withFlagChecks,
} from '@virtkit/core/driver';
import { ConnectListAllSecretsFlags as List, ErrorDomain, SecretDefineFlags } from '@virtkit/core/util';
import { invalidSecret, noSecret } from './secret-errors.js';
import { refOf, type SecretList } from './secret-list.js';

/** The tables of a connection to one scope, for who is calling. */
export function secretConnection(list: SecretList, identity: Identity): DriverConnection {
  const registrations = new Registrations(list.events, ErrorDomain.SECRET);
  const table = { ...secretTable(list, identity), ...secretEventOps(registrations) };
  return {
    secret: withFlagChecks(table, ACCEPTED, ErrorDomain.SECRET),
    close: () => registrations.close(),
  };
}

const ACCEPTED = {
  connectListAllSecrets: List.EPHEMERAL | List.NO_EPHEMERAL | List.PRIVATE | List.NO_PRIVATE,
  secretDefineXML: SecretDefineFlags.VALIDATE,
};

function secretTable(list: SecretList, identity: Identity): SecretDriver {
  return {
    connectListAllSecrets(flags) {
      const wanted = secretFilter(flags);
      return list
        .all()
        .filter(({ def }) => wanted(def))
        .map(refOf);
    },
    secretLookupByUUID: (uuid) => refOf(list.byUuid(uuid)),
    secretLookupByUsage: (usageType, usageID) => refOf(list.byUsage(usageType, usageID)),
    async secretDefineXML(xml, flags) {
      if ((flags & SecretDefineFlags.VALIDATE) !== 0) await validateDocument('secret', secretElement, xml);
      return refOf(await list.define(parseSecret(xml)));
    },
    secretGetXMLDesc: ({ uuid }) => formatSecret(list.byUuid(uuid).def),
    secretSetValue: ({ uuid }, value) => list.setValue(uuid, value),
    secretGetValue({ uuid }) {
      const { def, value } = list.byUuid(uuid);
      // Private values are for the host's own drivers, which ask in the name of the system.
      if (def.private && identity.system !== true) throw invalidSecret('secret is private');
      if (value === undefined) throw noSecret(`secret '${uuid}' does not have a value`);
      return Uint8Array.from(value);
    },
    secretUndefine: ({ uuid }) => list.undefine(uuid),
  };
}
