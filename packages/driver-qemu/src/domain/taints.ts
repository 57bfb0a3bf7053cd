import { readFileSync } from 'node:fs';
import type { DomainDef } from '@virtkit/core/conf';
import { DomainMessageType } from '@virtkit/core/util';
import type { QemuDomain } from './domain.js';
import type { LiveDomain } from './live-domain.js';

/** virDomainTaintMessageTypeToString, in the order in which they are told. */
const TEXTS: Readonly<Record<string, string>> = {
  'custom-argv': 'custom configuration parameters specified',
  'custom-monitor': 'custom monitor control commands issued',
  'high-privileges': 'running with undesirable elevated privileges',
  'host-cpu': 'potentially unsafe use of host CPU passthrough',
  'cdrom-passthrough': 'use of host cdrom passthrough',
  'custom-dtb': 'custom device tree blob used',
  'custom-ga-command': 'custom guest agent control commands issued',
};

function runsAsRoot({ process: { pid } }: LiveDomain): boolean {
  try {
    return /^Uid:\s+0\s/m.test(readFileSync(`/proc/${pid}/status`, 'latin1'));
  } catch {
    return false;
  }
}

/** qemuDomainObjCheckTaint: what a definition alone makes of a run. */
function taintsOf(def: DomainDef): string[] {
  const qemu = (def.namespaces as { qemu?: { commandline?: { arg?: unknown[]; env?: unknown[] } } } | undefined)?.qemu;
  const argv = (qemu?.commandline?.arg?.length ?? 0) > 0 || (qemu?.commandline?.env?.length ?? 0) > 0;
  const cdrom = def.devices.disk.some(
    (disk) => disk.device === 'cdrom' && disk.type === 'block' && disk.source?.dev?.startsWith('/dev/') === true,
  );
  return [
    ...(argv ? ['custom-argv'] : []),
    ...(def.cpu?.mode === 'host-passthrough' ? ['host-cpu'] : []),
    ...(cdrom ? ['cdrom-passthrough'] : []),
    ...(def.os.dtb !== undefined ? ['custom-dtb'] : []),
  ];
}

/** virDomainGetMessages: what its user should know of a domain. */
export function taintMessages({ live, def }: QemuDomain, flags: number): string[] {
  if (live === undefined || (flags !== 0 && (flags & DomainMessageType.TAINTING) === 0)) return [];
  const taints = new Set([...live.taints, ...taintsOf(def), ...(runsAsRoot(live) ? ['high-privileges'] : [])]);
  return Object.entries(TEXTS).flatMap(([word, text]) => (taints.has(word) ? [`tainted: ${text}`] : []));
}
