import { defineScopedDriver, IDENTITY } from '@virtkit/core/driver';
import { ErrorDomain } from '@virtkit/core/util';
import { secretConnection } from './secret-connection.js';
import { SecretList } from './secret-list.js';

export default defineScopedDriver({
  name: 'secret',
  folder: 'secrets',
  domain: ErrorDomain.SECRET,
  create: ({ dirs, log }) => new SecretList(dirs.etc, log),
  connect: (list, container) => secretConnection(list, container.resolve(IDENTITY)),
});
