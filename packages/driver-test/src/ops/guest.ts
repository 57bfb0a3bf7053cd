import type { DiskDef, DomainDef } from '@virtkit/core/conf';
import type { DomainFSInfo, DomainRef, DomainTime, HypervisorDriver } from '@virtkit/core/driver';
import { DomainSetTimeFlags, DomainState } from '@virtkit/core/util';
import { internalError, operationInvalid } from '../errors.js';
import { isKeycode } from '../guest/keycodes.js';
import { screenshot } from '../guest/screenshot.js';
import { type DomainObject, GUEST_MOUNTPOINTS } from '../state/domain-object.js';
import { requireActive } from '../state/modify.js';
import type { TestNode } from '../state/test-node.js';
import { bytesStream } from '../streams/bytes-stream.js';

/** The mount points that a call names; all where it names none. */
function mountpoints(names: readonly string[]): readonly string[] {
  const known: readonly string[] = GUEST_MOUNTPOINTS;
  const missing = names.find((name) => !known.includes(name));
  if (missing !== undefined) throw operationInvalid(`mount point not found: ${missing}`);
  return names.length === 0 ? known : names;
}

/** The disk that the guest's file systems are on. */
const systemDisk = (def: DomainDef): DiskDef | undefined => def.devices.disk.find(({ device }) => device === 'disk');

/** What a guest does inside, as if it had an agent. */
export function guestOps({ domains }: TestNode) {
  const running = (ref: DomainRef): DomainObject => {
    const dom = domains.of(ref);
    requireActive(dom);
    return dom;
  };

  return {
    domainFSTrim(ref: DomainRef, mountPoint: string | null, minimum: bigint, flags: number): void {
      running(ref);
      mountpoints(mountPoint === null ? [] : [mountPoint]);
    },

    domainFSFreeze(ref: DomainRef, names: readonly string[], flags: number): number {
      const { frozen } = running(ref);
      const before = frozen.size;
      for (const name of mountpoints(names)) frozen.add(name);
      return frozen.size - before;
    },

    domainFSThaw(ref: DomainRef, names: readonly string[], flags: number): number {
      const { frozen } = running(ref);
      const before = frozen.size;
      for (const name of mountpoints(names)) frozen.delete(name);
      return before - frozen.size;
    },

    domainGetFSInfo(ref: DomainRef, flags: number): DomainFSInfo[] {
      const dev = systemDisk(running(ref).live)?.target?.dev;
      if (dev === undefined) return [];
      return GUEST_MOUNTPOINTS.map((mountpoint, i) => ({
        mountpoint,
        name: `${dev}${i + 1}`,
        fstype: 'ext4',
        devAliases: [dev],
      }));
    },

    domainGetTime(ref: DomainRef, flags: number): DomainTime {
      const dom = domains.of(ref);
      if (dom.state !== DomainState.RUNNING) throw operationInvalid('domain is not running');
      return dom.guestTime;
    },

    domainSetTime(ref: DomainRef, seconds: bigint, nseconds: number, flags: number): void {
      const sync = (flags & DomainSetTimeFlags.TIME_SYNC) !== 0;
      running(ref).guestTime = sync ? { seconds: 0n, nseconds: 0 } : { seconds, nseconds };
    },

    domainSetUserPassword(ref: DomainRef, user: string | null, password: string | null, flags: number): void {
      running(ref);
    },

    domainSendKey(ref: DomainRef, codeset: number, holdtime: number, keycodes: readonly number[], flags: number): void {
      running(ref);
      for (const code of keycodes) {
        const { known, name } = isKeycode(codeset, code);
        if (!known) throw internalError(`invalid keycode ${code} of ${name} codeset`);
      }
    },

    domainScreenshot(ref: DomainRef, screen: number, flags: number) {
      return { mime: 'image/png', stream: bytesStream(screenshot()) };
    },
  } satisfies Partial<HypervisorDriver>;
}
