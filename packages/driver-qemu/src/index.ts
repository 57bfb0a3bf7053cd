import { CONNECTION_FACTORY, SPI_VERSION, STATE_DRIVER, defineDriver } from '@virtkit/core/driver';
import { QEMU_HOSTS, QemuConnectionFactory } from './driver.js';
import { QemuHosts } from './host/qemu-hosts.js';
import { probeUri } from './probe-uri.js';

export default defineDriver({
  name: 'qemu',
  spi: SPI_VERSION,
  host(container) {
    container.registerSingleton(QEMU_HOSTS, QemuHosts);
    container.register(STATE_DRIVER, { useFactory: (scope) => scope.resolve(QEMU_HOSTS) });
  },
  connectURIProbe: () => probeUri(),
  connection(container) {
    container.register(CONNECTION_FACTORY, { useFactory: (scope) => scope.resolve(QemuConnectionFactory) });
  },
});
