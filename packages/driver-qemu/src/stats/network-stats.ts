import { readFileSync } from 'node:fs';
import type { DomainInterfaceStats } from '@virtkit/core/driver';

/** Columns of /proc/net/dev; a tap's receiving side is the guest's sending side. */
const COLUMNS = {
  rxBytes: 8,
  rxPackets: 9,
  rxErrs: 10,
  rxDrop: 11,
  txBytes: 0,
  txPackets: 1,
  txErrs: 2,
  txDrop: 3,
} as const;

/** What has passed through each of the host's network devices, as a guest behind it counts. */
export function networkFigures(): Map<string, DomainInterfaceStats> {
  const devices = new Map<string, DomainInterfaceStats>();
  for (const line of readFileSync('/proc/net/dev', 'latin1').split('\n')) {
    const [, name, text] = /^\s*([^:\s]+):\s*(.*)$/.exec(line) ?? [];
    if (name === undefined || text === undefined) continue;
    const columns = text.trim().split(/\s+/).map(BigInt);
    const figures = Object.fromEntries(
      Object.entries(COLUMNS).map(([field, column]) => [field, columns[column] ?? 0n]),
    );
    devices.set(name, figures as unknown as DomainInterfaceStats);
  }
  return devices;
}
