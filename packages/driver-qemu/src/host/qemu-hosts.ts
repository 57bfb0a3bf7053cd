import type { Connect } from '@virtkit/core';
import {
  isPrivileged,
  NETWORK_CONNECTION,
  ScopedStates,
  SECRET_CONNECTION,
  STATE_SERVICES,
  type StateScope,
  type StateServices,
  STORAGE_CONNECTION,
  inject,
  injectable,
} from '@virtkit/core/driver';
import { ErrorDomain } from '@virtkit/core/util';
import { QemuHost } from './qemu-host.js';

type Opens = (scope: StateScope) => Promise<Connect>;

/** Everything that this driver keeps in one host process: one {@link QemuHost} per scope in use. */
@injectable()
export class QemuHosts extends ScopedStates<QemuHost> {
  constructor(
    @inject(STATE_SERVICES) services: StateServices,
    @inject(SECRET_CONNECTION) secrets: Opens,
    @inject(NETWORK_CONNECTION) networks: Opens,
    @inject(STORAGE_CONNECTION) storage: Opens,
  ) {
    super(services, {
      name: 'qemu',
      domain: ErrorDomain.QEMU,
      create: ({ scope, ...own }) =>
        new QemuHost({
          ...own,
          privileged: isPrivileged(),
          secrets: () => secrets(scope),
          networks: () => networks(scope),
          storage: () => storage(scope),
        }),
    });
  }
}
