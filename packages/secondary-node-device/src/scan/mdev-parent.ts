import { formatPci, type NodeDeviceDef } from '@virtkit/core/conf';

/** How the kernel, and mdevctl, call a device that mediated ones can be made from; undefined for others. */
export function parentAddress({ capability: all }: NodeDeviceDef): string | undefined {
  for (const capability of all) {
    if (capability.type === 'pci') return formatPci(capability);
    if (capability.type === 'css') {
      const { cssid, ssid, devno } = capability;
      return `${cssid.toString(16)}.${ssid.toString(16)}.${devno.toString(16).padStart(4, '0')}`;
    }
    if (capability.type === 'ap_matrix') return 'matrix';
  }
  return undefined;
}
