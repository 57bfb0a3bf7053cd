import { formatSecret, parseSecret, secretElement, validateDocument } from '@virtkit/core/conf';
import {
  type ConnectionFactory,
  type ConnectionUri,
  type DriverConnection,
  IDENTITY,
  type Identity,
  inject,
  injectable,
  type InjectionToken,
  Registrations,
  ScopedStates,
  scopeOfUri,
  type SecretDriver,
  type SecretEvents,
  STATE_SERVICES,
  type StateServices,
  withFlagChecks,
} from '@virtkit/core/driver';
import { ConnectListAllSecretsFlags as List, ErrorDomain, SecretDefineFlags } from '@virtkit/core/util';
import { invalidSecret, noSecret } from './secret-errors.js';
import { refOf, type Secret, SecretList } from './secret-list.js';

/** Host scope: the secrets of all scopes. */
export const SECRET_STATES: InjectionToken<SecretStates> = Symbol.for('@virtkit/secondary-secret:SecretStates');

@injectable()
export class SecretStates extends ScopedStates<SecretList> {
  constructor(@inject(STATE_SERVICES) services: StateServices) {
    super(services, {
      name: 'secrets',
      domain: ErrorDomain.SECRET,
      create: ({ dirs, log }) => new SecretList(dirs.etc, log),
    });
  }
}

/** Opens secret:///system, secret:///session and secret:///embed?root=DIR. */
@injectable()
export class SecretConnectionFactory implements ConnectionFactory {
  constructor(
    @inject(SECRET_STATES) private readonly states: SecretStates,
    @inject(IDENTITY) private readonly identity: Identity,
  ) {}

  async connectOpen(uri: ConnectionUri): Promise<DriverConnection> {
    const list = await this.states.state(scopeOfUri(uri, ErrorDomain.SECRET));
    const registrations = new Registrations(list.events, ErrorDomain.SECRET);
    return {
      secret: withFlagChecks(secretTable(list, registrations, this.identity), ACCEPTED, ErrorDomain.SECRET),
      close: () => registrations.close(),
    };
  }
}

const ACCEPTED = {
  connectListAllSecrets: List.EPHEMERAL | List.NO_EPHEMERAL | List.PRIVATE | List.NO_PRIVATE,
  secretDefineXML: SecretDefineFlags.VALIDATE,
};

function isListed({ def }: Secret, flags: number): boolean {
  const wanted = (yes: number, no: number, is: boolean): boolean =>
    (flags & (yes | no)) === 0 || (flags & (is ? yes : no)) !== 0;
  return wanted(List.EPHEMERAL, List.NO_EPHEMERAL, def.ephemeral) && wanted(List.PRIVATE, List.NO_PRIVATE, def.private);
}

function secretTable(list: SecretList, registrations: Registrations<SecretEvents>, identity: Identity): SecretDriver {
  return {
    connectNumOfSecrets: () => list.all().length,
    connectListSecrets: () => list.all().map(({ def }) => def.uuid),
    connectListAllSecrets: (flags) =>
      list
        .all()
        .filter((secret) => isListed(secret, flags))
        .map(refOf),
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
    connectSecretEventRegisterAny: (secret, eventID, callback) =>
      registrations.register(eventID, secret?.uuid ?? null, callback),
    connectSecretEventDeregisterAny: (id) => registrations.deregister(id),
  };
}
