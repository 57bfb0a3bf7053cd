import type { Connect } from '@virtkit/core';
import { defineScopedDriver, type InjectionToken, SECRET_CONNECTION, type StateScope } from '@virtkit/core/driver';
import { ErrorDomain } from '@virtkit/core/util';
import { PoolList } from './pool-list.js';
import { storageConnection } from './storage-connection.js';

const SECRETS = SECRET_CONNECTION as InjectionToken<(scope: StateScope) => Promise<Connect>>;

export default defineScopedDriver({
  name: 'storage',
  domain: ErrorDomain.STORAGE,
  create: (services) => new PoolList(services),
  connect: (list, container) => storageConnection(list, container.resolve(SECRETS)),
});
