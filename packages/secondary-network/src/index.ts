import { CONNECTION_FACTORY, defineDriver, SPI_VERSION, STATE_DRIVER } from '@virtkit/core/driver';
import { NETWORK_STATES, NetworkConnectionFactory, NetworkStates } from './network-driver.js';

export default defineDriver({
  name: 'network',
  spi: SPI_VERSION,
  host(container) {
    container.registerSingleton(NETWORK_STATES, NetworkStates);
    container.register(STATE_DRIVER, { useFactory: (scope) => scope.resolve(NETWORK_STATES) });
  },
  connection(container) {
    container.register(CONNECTION_FACTORY, { useFactory: (scope) => scope.resolve(NetworkConnectionFactory) });
  },
});
