import { ErrorCode, ErrorDomain, LibvirtError } from '../util/index.js';
import type { AccessManager, Awaitable, FunctionName, Identity } from '../driver/index.js';
import type { PreparedCall, PreparedPermission } from './prepared-call.js';

type Ref = Readonly<Record<string, unknown>>;
/** Calls a look-up of the driver, without any check; undefined where the driver has none. */
export type LookUp = (name: FunctionName, args: readonly unknown[]) => Awaitable<unknown>;

/** How the true reference is found for what identifies an object; kinds that are not here are identified by all they have. */
const LOOK_UPS: Readonly<Record<string, { readonly name: FunctionName; readonly key: string }>> = {
  domain: { name: 'domainLookupByUUID', key: 'uuid' },
  network: { name: 'networkLookupByUUID', key: 'uuid' },
  storagePool: { name: 'storagePoolLookupByUUID', key: 'uuid' },
  storageVol: { name: 'storageVolLookupByKey', key: 'key' },
  nwfilter: { name: 'nwfilterLookupByUUID', key: 'uuid' },
  secret: { name: 'secretLookupByUUID', key: 'uuid' },
};
/** Objects that belong to another one, under this property. */
const OWNERS: Readonly<Record<string, readonly [property: string, kind: string]>> = {
  domainSnapshot: ['dom', 'domain'],
  domainCheckpoint: ['dom', 'domain'],
  networkPort: ['net', 'network'],
};
const snake = (kind: string): string => kind.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`);

/**
 * The access checks of one connection, for wire and embedded callers alike.
 *
 * A caller's reference is trusted only in what identifies the object: name and the rest are looked up before a policy
 * sees them, so that a made-up name opens nothing.
 */
export class AccessCheck {
  constructor(
    private readonly access: AccessManager,
    private readonly identity: Identity,
    private readonly driver: string,
    private readonly lookUp: LookUp,
  ) {}

  /** The reference that a policy judges. */
  subject(kind: string, ref: object | undefined): Awaitable<Ref | undefined> {
    if (ref === undefined) return undefined;
    const owner = OWNERS[kind];
    if (owner !== undefined) {
      const [property, ownerKind] = owner;
      const found = this.subject(ownerKind, (ref as Ref)[property] as object);
      const join = (resolved: Ref | undefined): Ref => ({ ...ref, [property]: resolved });
      return found instanceof Promise ? found.then(join) : join(found);
    }
    const way = LOOK_UPS[kind];
    if (way === undefined) return ref as Ref;
    const key = (ref as Ref)[way.key];
    const found = this.lookUp(way.name, [key]);
    const only = { [way.key]: key };
    return found instanceof Promise ? found.then((value) => (value ?? only) as Ref) : ((found ?? only) as Ref);
  }

  /** Raises ACCESS_DENIED unless every permission that can be judged before the call is given. */
  authorize(prepared: PreparedCall, subject: Ref | undefined, args: readonly unknown[]): void {
    for (const permission of prepared.permissions)
      if (!isDeferred(prepared, permission) && permission.applies(args) && !this.#allowed(permission, subject))
        throw denied(prepared, permission);
  }

  /** What the caller may see of a result: look-ups are judged by what they found, lists are filtered. */
  result(prepared: PreparedCall, value: unknown): unknown {
    for (const permission of prepared.permissions)
      if (isDeferred(prepared, permission) && !this.#allowed(permission, value as Ref))
        throw denied(prepared, permission);
    if (prepared.filters.length === 0 || !Array.isArray(value)) return value;
    return value.filter((item: unknown) => {
      if (typeof item !== 'object' || item === null) return true;
      const ref = ('dom' in item && 'params' in item ? item.dom : item) as Ref;
      return prepared.filters.every((permission) => this.#allowed(permission, ref));
    });
  }

  /** Raises ACCESS_DENIED unless a permission of the connection itself is given. */
  require(object: 'connect', permission: string, symbol: string): void {
    if (this.#allowed({ object, permission }, undefined)) return;
    throw new LibvirtError(
      ErrorCode.ACCESS_DENIED,
      ErrorDomain.NONE,
      `'${object}' denied access: ${symbol} needs the permission ${object}:${permission}`,
    );
  }

  /** Whether an event of an object may be told. */
  mayHear(source: string, event: object): boolean {
    const ref = Object.values(event).find((value) => typeof value === 'object' && value !== null) as Ref;
    return this.#allowed({ object: snake(source), permission: 'getattr' }, ref);
  }

  #allowed(
    { object, permission }: Pick<PreparedPermission, 'object' | 'permission'>,
    subject: Ref | undefined,
  ): boolean {
    return this.access.check(this.identity, {
      object,
      permission,
      ref: object === 'connect' ? undefined : ownerOf(object, subject),
      driver: this.driver,
    });
  }
}

/** A snapshot's permissions are its domain's; a port's are its network's where they are called so. */
function ownerOf(object: string, subject: Ref | undefined): Ref | undefined {
  if (subject === undefined) return undefined;
  if (object === 'domain' && 'dom' in subject) return subject['dom'] as Ref;
  return object === 'network' && 'net' in subject ? (subject['net'] as Ref) : subject;
}

/** The object of a look-up is known only when it was found. */
function isDeferred({ entry }: PreparedCall, { object, permission }: PreparedPermission): boolean {
  return permission === 'getattr' && snake(entry.returns) === object && snake(entry.on) !== object;
}

function denied({ domain, symbol }: PreparedCall, { object, permission }: PreparedPermission): LibvirtError {
  return new LibvirtError(
    ErrorCode.ACCESS_DENIED,
    domain,
    `'${object}' denied access: ${symbol} needs the permission ${object}:${permission}`,
  );
}
