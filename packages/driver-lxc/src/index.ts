import { CONNECTION_FACTORY, defineDriver, SPI_VERSION, STATE_DRIVER } from '@virtkit/core/driver';
import { LXC_HOSTS, LxcConnectionFactory, LxcHosts } from './driver.js';

export default defineDriver({
  name: 'lxc',
  spi: SPI_VERSION,
  host(container) {
    container.registerSingleton(LXC_HOSTS, LxcHosts);
    container.register(STATE_DRIVER, { useFactory: (scope) => scope.resolve(LXC_HOSTS) });
  },
  // Without another hypervisor the host's containers are what there is.
  connectURIProbe: () => (process.platform === 'linux' && process.getuid?.() === 0 ? 'lxc:///system' : undefined),
  connection(container) {
    container.register(CONNECTION_FACTORY, { useFactory: (scope) => scope.resolve(LxcConnectionFactory) });
  },
});
