import { CONNECTION_FACTORY, defineDriver, SPI_VERSION, STATE_DRIVER } from '@virtkit/core/driver';
import { SecretConnectionFactory, SecretStates, SECRET_STATES } from './secret-driver.js';

export default defineDriver({
  name: 'secret',
  spi: SPI_VERSION,
  host(container) {
    container.registerSingleton(SECRET_STATES, SecretStates);
    container.register(STATE_DRIVER, { useFactory: (scope) => scope.resolve(SECRET_STATES) });
  },
  connection(container) {
    container.register(CONNECTION_FACTORY, { useFactory: (scope) => scope.resolve(SecretConnectionFactory) });
  },
});
