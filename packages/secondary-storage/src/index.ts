import { CONNECTION_FACTORY, defineDriver, SPI_VERSION, STATE_DRIVER } from '@virtkit/core/driver';
import { STORAGE_STATES, StorageConnectionFactory, StorageStates } from './storage-driver.js';

export default defineDriver({
  name: 'storage',
  spi: SPI_VERSION,
  host(container) {
    container.registerSingleton(STORAGE_STATES, StorageStates);
    container.register(STATE_DRIVER, { useFactory: (scope) => scope.resolve(STORAGE_STATES) });
  },
  connection(container) {
    container.register(CONNECTION_FACTORY, { useFactory: (scope) => scope.resolve(StorageConnectionFactory) });
  },
});
