import { defineScopedDriver, hostReader } from '@virtkit/core/driver';
import { ErrorDomain } from '@virtkit/core/util';
import { LxcHost } from './host/lxc-host.js';
import { scopeOf } from './host/scope.js';
import { lxcConnection } from './lxc-connection.js';

export default defineScopedDriver({
  name: 'lxc',
  domain: ErrorDomain.LXC,
  create: ({ dirs, hostFs, log }) => new LxcHost(dirs.etc, hostReader(hostFs), log),
  connect: lxcConnection,
  scopeOf,
  // Without another hypervisor the host's containers are what there is.
  connectURIProbe: () => (process.platform === 'linux' && process.getuid?.() === 0 ? 'lxc:///system' : undefined),
});
