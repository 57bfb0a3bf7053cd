import type { Connect } from '@virtkit/core';
import {
  type ConnectionFactory,
  type ConnectionUri,
  type DriverConnection,
  inject,
  injectable,
  type InjectionToken,
  Registrations,
  ScopedStates,
  scopeOfUri,
  SECRET_CONNECTION,
  STATE_SERVICES,
  type StateScope,
  type StateServices,
  withFlagChecks,
} from '@virtkit/core/driver';
import { ErrorDomain } from '@virtkit/core/util';
import { LIST_FLAGS, poolOps } from './ops/pool-ops.js';
import { volumeOps } from './ops/volume-ops.js';
import { PoolList } from './pool-list.js';
import { VolumeWork } from './volume-work.js';

/** Host scope: the pools of all scopes. */
export const STORAGE_STATES: InjectionToken<StorageStates> = Symbol.for('@virtkit/secondary-storage:StorageStates');

@injectable()
export class StorageStates extends ScopedStates<PoolList> {
  constructor(@inject(STATE_SERVICES) services: StateServices) {
    super(services, {
      name: 'storage',
      domain: ErrorDomain.STORAGE,
      create: (own) => new PoolList(own),
    });
  }
}

const ACCEPTED = {
  connectListAllStoragePools: LIST_FLAGS,
  storagePoolDefineXML: 0x1,
  storagePoolCreateXML: 0x7,
  storagePoolCreate: 0x7,
  storagePoolBuild: 0xc,
  storagePoolDelete: 0x1,
  storagePoolGetXMLDesc: 0x1,
  storageVolCreateXML: 0x5,
  storageVolCreateXMLFrom: 0x3,
  storageVolDelete: 0x3,
  storageVolDownload: 0x1,
  storageVolUpload: 0x1,
  storageVolResize: 0x7,
  storageVolGetInfoFlags: 0x1,
};

/** Opens storage:///system, storage:///session and storage:///embed?root=DIR. */
@injectable()
export class StorageConnectionFactory implements ConnectionFactory {
  constructor(
    @inject(STORAGE_STATES) private readonly states: StorageStates,
    @inject(SECRET_CONNECTION) private readonly secrets: (scope: StateScope) => Promise<Connect>,
  ) {}

  async connectOpen(uri: ConnectionUri): Promise<DriverConnection> {
    const list = await this.states.state(scopeOfUri(uri, ErrorDomain.STORAGE));
    const { commands, dirs, scope } = list.services;
    const work = new VolumeWork({ commands, secretFolder: dirs.run, secrets: () => this.secrets(scope) });
    const registrations = new Registrations(list.events, ErrorDomain.STORAGE);
    const table = {
      ...poolOps(list),
      ...volumeOps(list, work),
      connectStoragePoolEventRegisterAny: (pool, eventID, callback) =>
        registrations.register(eventID, pool?.uuid ?? null, callback),
      connectStoragePoolEventDeregisterAny: (id) => registrations.deregister(id),
    } satisfies NonNullable<DriverConnection['storage']>;
    return {
      storage: withFlagChecks(table, ACCEPTED, ErrorDomain.STORAGE),
      close: () => registrations.close(),
    };
  }
}
