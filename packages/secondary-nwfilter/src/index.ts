import { CONNECTION_FACTORY, defineDriver, SPI_VERSION, STATE_DRIVER } from '@virtkit/core/driver';
import { FILTER_STATES, FilterConnectionFactory, FilterStates } from './nwfilter-driver.js';

export default defineDriver({
  name: 'nwfilter',
  spi: SPI_VERSION,
  host(container) {
    container.registerSingleton(FILTER_STATES, FilterStates);
    container.register(STATE_DRIVER, { useFactory: (scope) => scope.resolve(FILTER_STATES) });
  },
  connection(container) {
    container.register(CONNECTION_FACTORY, { useFactory: (scope) => scope.resolve(FilterConnectionFactory) });
  },
});
