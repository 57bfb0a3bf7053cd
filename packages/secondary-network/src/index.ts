import { defineScopedDriver } from '@virtkit/core/driver';
import { ErrorDomain } from '@virtkit/core/util';
import { networkConnection } from './network-connection.js';
import { NetworkList } from './network-list.js';

export default defineScopedDriver({
  name: 'network',
  domain: ErrorDomain.NETWORK,
  create: (services) => new NetworkList(services),
  connect: networkConnection,
});
