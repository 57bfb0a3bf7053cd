import { resolve } from 'node:path';
import type { DeviceOps, DomainOps, GuestOps } from '@virtkit/core/driver';
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtkit/core/util';
import { assertDumpFormat, coreDump } from '../dump/core-dump.js';
import type { QemuHost } from '../host/qemu-host.js';
import { qnumOf } from '../keys/translate-key.js';
import { jobsOf } from './job.js';

const MAX_KEYS = 16; // VIR_DOMAIN_SEND_KEY_MAX_KEYS

/** What is done to a guest that may not listen any more: core dumps, and keys. */
export const dumpOps = (host: QemuHost) => {
  const { liveJob } = jobsOf(host);

  return {
    domainCoreDumpWithFormat(ref, to, format, flags, call) {
      assertDumpFormat(format);
      return liveJob('domainCoreDump', ref, call, (_live, domain) =>
        coreDump(host, domain, { path: resolve(to), format, flags }, call.signal),
      );
    },

    domainSendKey(ref, codeset, holdtime, keycodes, _flags, call) {
      const refuse = (detail: string): never => {
        throw new LibvirtError(ErrorCode.INVALID_ARG, ErrorDomain.DOMAIN, detail);
      };
      if (keycodes.length === 0) refuse('nkeycodes in virDomainSendKey must be greater than zero');
      if (keycodes.length > MAX_KEYS) refuse(`nkeycodes in virDomainSendKey must be less than or equal to ${MAX_KEYS}`);
      return liveJob('domainSendKey', ref, call, async ({ monitor }) => {
        const keys = keycodes.map((code) => ({ type: 'number', data: qnumOf(codeset, code) }));
        await monitor.execute('send-key', { keys, ...(holdtime > 0 && { 'hold-time': holdtime }) }, call);
      });
    },
  } satisfies DomainOps & DeviceOps & GuestOps;
};
