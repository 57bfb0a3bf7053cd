import { CONNECTION_FACTORY, defineDriver } from '@virtkit/core/driver';
import { TestConnectionFactory } from './connection-factory.js';
import { TEST_HOST, TestHost } from './test-host.js';

export type { FaultRule } from './faults/fault-rule.js';

export default defineDriver({
  name: 'test',
  spi: '1.0',
  host(container) {
    container.registerSingleton(TEST_HOST as symbol, TestHost);
  },
  connection(container) {
    container.register(CONNECTION_FACTORY as symbol, { useClass: TestConnectionFactory });
  },
});
