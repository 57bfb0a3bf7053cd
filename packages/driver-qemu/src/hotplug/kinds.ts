import type { DeviceKind } from '@virtkit/core/conf';

/** What libvirt's messages call kinds of device. */
const NAMES: Partial<Record<DeviceKind, string>> = {
  interface: 'interface',
  serial: 'chr',
  parallel: 'chr',
  console: 'chr',
  channel: 'chr',
};

export const kindName = (kind: DeviceKind): string => NAMES[kind] ?? kind;
