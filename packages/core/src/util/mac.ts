import { randomInt } from 'node:crypto';

/** QEMU's and KVM's, which are libvirt's own unless a driver says otherwise. */
const PREFIX = '52:54:00';

/** virMacAddrGenerate: a random address below a prefix of three bytes. */
export function generateMac(prefix: string = PREFIX): string {
  const tail = randomInt(2 ** 24)
    .toString(16)
    .padStart(6, '0');
  return `${prefix}:${tail.slice(0, 2)}:${tail.slice(2, 4)}:${tail.slice(4)}`;
}
