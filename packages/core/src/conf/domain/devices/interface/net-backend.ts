import { attr, elementOf, oneOf, str } from '../../../xml/index.js';
import { omit } from '../../common/omit.js';
import { wrong } from '../../common/problems.js';

export interface NetBackendDef {
  /** Programs that stand between QEMU and the host's network. */
  type?: 'default' | 'passt';
  tap?: string;
  vhost?: string;
  logFile?: string;
}

export function invalidBackend(value: string): ReturnType<typeof wrong> {
  return wrong(`Invalid value for attribute 'type' in element 'backend': '${value}'.`);
}

export const netBackend = elementOf<NetBackendDef>(
  'backend',
  {
    type: attr(oneOf('default', 'passt'), { invalid: invalidBackend }),
    tap: attr(str),
    vhost: attr(str),
    logFile: attr(str),
  },
  omit,
);
