import { hypervisorSuite } from '@virtkit/testkit';
import { containerXml, openContainers } from './support/host.js';

hypervisorSuite({
  name: 'driver-lxc',
  domainXml: (name, uuid, more) => containerXml(name, uuid, more),
  setup: openContainers,
});
