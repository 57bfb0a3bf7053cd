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
import { configUnsupported } from '../errors.js';
import { isSaveFormat, SAVE_FORMATS, type SaveFormat } from '../save/save-formats.js';
import { type ImageFormats, QemuHost } from './qemu-host.js';

type Opens = (scope: StateScope) => Promise<Connect>;

/**
 * The driver's options `saveImageFormat`, how the memory of saved guests is compressed, and `dumpImageFormat`, the same of core dumps,
 * which are not compressed where the program is missing.
 */
function imageFormats({ saveImageFormat, dumpImageFormat }: Readonly<Record<string, unknown>>): ImageFormats {
  const format = (key: string, value: unknown = 'raw'): SaveFormat => {
    if (isSaveFormat(value)) return value;
    throw configUnsupported(`options of the driver 'qemu': '${key}' is one of ${SAVE_FORMATS.join(', ')}`);
  };
  return { save: format('saveImageFormat', saveImageFormat), dump: format('dumpImageFormat', dumpImageFormat) };
}

/** Everything that this driver keeps in one host process: one {@link QemuHost} per scope in use. */
@injectable()
export class QemuHosts extends ScopedStates<QemuHost> {
  constructor(
    @inject(STATE_SERVICES) services: StateServices,
    @inject(SECRET_CONNECTION) secrets: Opens,
    @inject(NETWORK_CONNECTION) networks: Opens,
    @inject(STORAGE_CONNECTION) storage: Opens,
  ) {
    const formats = imageFormats(services.options);
    super(services, {
      name: 'qemu',
      options: ['saveImageFormat', 'dumpImageFormat'],
      domain: ErrorDomain.QEMU,
      create: ({ scope, ...own }) =>
        new QemuHost({
          ...own,
          privileged: isPrivileged(),
          formats,
          secrets: () => secrets(scope),
          networks: () => networks(scope),
          storage: () => storage(scope),
        }),
    });
  }
}
