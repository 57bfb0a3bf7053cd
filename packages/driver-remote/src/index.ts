/** libvirt's wire protocol as a client, without native code: drives any libvirtd 9.0 or virtkitd. */
import { CONNECTION_FACTORY, defineDriver } from '@virtkit/core/driver';
import { RemoteDriver } from './remote-driver.js';

export type { RemoteOptions } from './options.js';

export default defineDriver({
  name: 'remote',
  spi: '1.0',
  connection(container) {
    container.register(CONNECTION_FACTORY, { useClass: RemoteDriver });
  },
});
