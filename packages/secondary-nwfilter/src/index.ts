import { defineScopedDriver } from '@virtkit/core/driver';
import { ErrorDomain } from '@virtkit/core/util';
import { filterConnection } from './filter-connection.js';
import { FilterList } from './filter-list.js';

export default defineScopedDriver({
  name: 'nwfilter',
  domain: ErrorDomain.NWFILTER,
  create: (services) => new FilterList(services),
  connect: filterConnection,
});
