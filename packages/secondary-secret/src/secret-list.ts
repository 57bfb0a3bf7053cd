import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { formatSecret, parseSecret, type SecretDef, secretUsageId } from '@virtkit/core/conf';
import {
  DefinitionStore,
  EventState,
  type Log,
  type ScopedState,
  type SecretEvents,
  type SecretRef,
} from '@virtkit/core/driver';
import { JobQueue, ErrorDomain, SecretEventLifecycleType, SecretUsageType, writeFileAtomic } from '@virtkit/core/util';
import { internalError, noSecret } from './secret-errors.js';

/** virSecretObj: a definition and, once it was set, its value. */
export interface Secret {
  readonly def: SecretDef;
  readonly value: Buffer | undefined;
}

const USAGE_TYPES: Readonly<Record<NonNullable<SecretDef['usage']>['type'], SecretUsageType>> = {
  none: SecretUsageType.NONE,
  volume: SecretUsageType.VOLUME,
  ceph: SecretUsageType.CEPH,
  iscsi: SecretUsageType.ISCSI,
  tls: SecretUsageType.TLS,
  vtpm: SecretUsageType.VTPM,
};

const usageTypeOf = (def: SecretDef): number => USAGE_TYPES[def.usage?.type ?? 'none'];

export const refOf = ({ def }: Secret): SecretRef => ({
  uuid: def.uuid,
  usageType: usageTypeOf(def),
  usageID: secretUsageId(def) ?? '',
});

/** virSecretObjList: the secrets of one scope. Those that are not ephemeral lie on disk, readable for their owner alone. */
export class SecretList implements ScopedState {
  readonly events = new EventState<SecretEvents>();
  readonly #secrets = new Map<string, Secret>();
  readonly #jobs = new JobQueue(ErrorDomain.SECRET);
  readonly #store: DefinitionStore;

  constructor(
    private readonly folder: string,
    private readonly log: Log,
  ) {
    this.#store = new DefinitionStore(folder, { log, domain: ErrorDomain.SECRET, what: 'secret' });
  }

  async load(): Promise<void> {
    for (const { definition } of await this.#store.load((text) => parseSecret(text))) {
      if (this.#secrets.has(definition.uuid)) continue;
      this.#secrets.set(definition.uuid, { def: definition, value: await this.#readValue(definition.uuid) });
    }
  }

  async close(): Promise<void> {
    for (const { value } of this.#secrets.values()) value?.fill(0);
    this.#secrets.clear();
  }

  async #readValue(uuid: string): Promise<Buffer | undefined> {
    try {
      return Buffer.from(await readFile(this.#valuePath(uuid), 'latin1'), 'base64');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
        this.log.error(`cannot read the value of secret ${uuid}: ${(error as Error).message}`);
      return undefined;
    }
  }

  #valuePath(uuid: string): string {
    return join(this.folder, `${uuid}.base64`);
  }

  all(): Secret[] {
    return [...this.#secrets.values()];
  }

  byUuid(uuid: string): Secret {
    const secret = this.#secrets.get(uuid);
    if (secret === undefined) throw noSecret(`no secret with matching uuid '${uuid}'`);
    return secret;
  }

  byUsage(type: number, id: string): Secret {
    const secret = this.#findUsage(type, id);
    if (secret === undefined) throw noSecret(`no secret with matching usage '${id}'`);
    return secret;
  }

  #findUsage(type: number, id: string | undefined): Secret | undefined {
    if (id === undefined) return undefined;
    return this.all().find(({ def }) => usageTypeOf(def) === type && secretUsageId(def) === id);
  }

  /** virSecretObjListAdd, and on disk before it is told. */
  define(def: SecretDef): Promise<Secret> {
    return this.#jobs.run('define', async () => {
      const old = this.#secrets.get(def.uuid);
      this.#check(def, old);
      const secret: Secret = { def, value: old?.value };
      if (!def.ephemeral) {
        if (old?.def.ephemeral === true && old.value !== undefined) await this.#saveValue(def.uuid, old.value);
        await this.#store.save(def.uuid, formatSecret(def));
      } else if (old !== undefined && !old.def.ephemeral) await this.#forget(def.uuid);
      this.#secrets.set(def.uuid, secret);
      this.#told(secret, SecretEventLifecycleType.DEFINED);
      return secret;
    });
  }

  #check(def: SecretDef, old: Secret | undefined): void {
    const usage = secretUsageId(def);
    if (old === undefined) {
      const other = this.#findUsage(usageTypeOf(def), usage);
      if (other !== undefined)
        throw internalError(`a secret with UUID ${other.def.uuid} already defined for use with ${usage}`);
      return;
    }
    const before = secretUsageId(old.def);
    if (before !== usage)
      throw internalError(`a secret with UUID ${def.uuid} is already defined for use with ${before}`);
    if (old.def.private && !def.private) throw internalError('cannot change private flag on existing secret');
  }

  setValue(uuid: string, value: Uint8Array): Promise<void> {
    return this.#jobs.run('set value', async () => {
      const secret = this.byUuid(uuid);
      const kept = Buffer.from(value);
      if (!secret.def.ephemeral) {
        await this.#saveValue(uuid, kept);
        await this.#store.save(uuid, formatSecret(secret.def));
      }
      secret.value?.fill(0);
      this.#secrets.set(uuid, { def: secret.def, value: kept });
      this.events.emit(1, uuid, { secret: refOf(secret) });
    });
  }

  undefine(uuid: string): Promise<void> {
    return this.#jobs.run('undefine', async () => {
      const secret = this.byUuid(uuid);
      if (!secret.def.ephemeral) await this.#forget(uuid);
      this.#secrets.delete(uuid);
      secret.value?.fill(0);
      this.#told(secret, SecretEventLifecycleType.UNDEFINED);
    });
  }

  async #saveValue(uuid: string, value: Buffer): Promise<void> {
    await writeFileAtomic(this.#valuePath(uuid), value.toString('base64'), { mode: 0o600 });
  }

  /** The value goes first: a definition without it does no harm. */
  async #forget(uuid: string): Promise<void> {
    await rm(this.#valuePath(uuid), { force: true });
    await this.#store.remove(uuid);
  }

  #told(secret: Secret, event: number): void {
    this.events.emit(0, secret.def.uuid, { secret: refOf(secret), event, detail: 0 });
  }
}
