import type { Connect } from '@virtkit/core';
import {
  type DriverConnection,
  Registrations,
  type StateScope,
  storagePoolEventOps,
  withFlagChecks,
} from '@virtkit/core/driver';
import { ErrorDomain } from '@virtkit/core/util';
import { poolOps } from './ops/pool-ops.js';
import { volumeOps } from './ops/volume-ops.js';
import type { PoolList } from './pool-list.js';
import { VolumeWork } from './volume-work.js';

const ACCEPTED = {
  connectListAllStoragePools: 0xf_ffff, // all of VIR_CONNECT_LIST_STORAGE_POOLS_*
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

/** The tables of a connection to one scope. */
export function storageConnection(list: PoolList, secrets: (scope: StateScope) => Promise<Connect>): DriverConnection {
  const { commands, dirs, scope } = list.services;
  const work = new VolumeWork({ commands, secretFolder: dirs.run, secrets: () => secrets(scope) });
  const registrations = new Registrations(list.events, ErrorDomain.STORAGE);
  const table = { ...poolOps(list), ...volumeOps(list, work), ...storagePoolEventOps(registrations) };
  return {
    storage: withFlagChecks(table, ACCEPTED, ErrorDomain.STORAGE),
    close: () => registrations.close(),
  };
}
