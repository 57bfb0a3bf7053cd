import { CONNECTION_FACTORY, defineDriver, SPI_VERSION } from '@virtkit/core/driver';
import { InterfaceConnectionFactory } from './interface-driver.js';

// Nothing is kept: the kernel is asked each time.
export default defineDriver({
  name: 'interface',
  spi: SPI_VERSION,
  connection(container) {
    container.register(CONNECTION_FACTORY, { useFactory: (scope) => scope.resolve(InterfaceConnectionFactory) });
  },
});
