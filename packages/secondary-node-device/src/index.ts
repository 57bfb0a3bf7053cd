import { CONNECTION_FACTORY, defineDriver, SPI_VERSION, STATE_DRIVER } from '@virtkit/core/driver';
import { NODE_DEVICES, NodeDeviceConnectionFactory, NodeDevices } from './node-device-driver.js';

export default defineDriver({
  name: 'node-device',
  spi: SPI_VERSION,
  host(container) {
    container.registerSingleton(NODE_DEVICES, NodeDevices);
    container.register(STATE_DRIVER, { useFactory: (scope) => scope.resolve(NODE_DEVICES) });
  },
  connection(container) {
    container.register(CONNECTION_FACTORY, { useFactory: (scope) => scope.resolve(NodeDeviceConnectionFactory) });
  },
});
