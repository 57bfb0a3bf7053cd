// The default export is all that a host looks at; nothing happens at import. No decorators are needed: the container gives
// what it is asked for.
import { CONNECTION_FACTORY, defineDriver, LOG } from '@virtkit/core/driver';
import { HelloConnection } from './connection.js';
import { HelloHost } from './hello-host.js';

const HELLO_HOST = Symbol.for('virtkit-driver-hello:Host');

export default defineDriver({
  name: 'hello',
  spi: '1.0',
  // Once per host: what all connections share.
  host(container) {
    container.registerInstance(HELLO_HOST, new HelloHost(container.resolve(LOG)));
  },
  // Once per connection.
  connection(container) {
    const host = container.resolve(HELLO_HOST);
    container.registerInstance(CONNECTION_FACTORY, {
      connectOpen(uri) {
        if (uri.path !== '/' && uri.path !== '/default') return undefined; // not ours: another driver may be
        return { hypervisor: new HelloConnection(host), close: () => undefined };
      },
    });
  },
});
