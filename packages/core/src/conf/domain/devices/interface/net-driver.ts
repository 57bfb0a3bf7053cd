import { attr, child, childOf, elementOf, oneOf, onOff, part, uint, type XmlNode } from '../../../xml/index.js';
import { omit } from '../../common/omit.js';
import { wrong } from '../../common/problems.js';
import { type VirtioOptions, virtioOptions } from '../../common/virtio-options.js';

export interface NetDriverDef extends VirtioOptions {
  name?: 'qemu' | 'vhost' | 'kvm' | 'vfio' | 'xen';
  txmode?: 'iothread' | 'timer';
  ioeventfd?: boolean;
  event_idx?: boolean;
  queues?: number;
  rx_queue_size?: number;
  tx_queue_size?: number;
  rss?: boolean;
  rss_hash_report?: boolean;
  host?: {
    csum?: boolean;
    gso?: boolean;
    tso4?: boolean;
    tso6?: boolean;
    ecn?: boolean;
    ufo?: boolean;
    mrg_rxbuf?: boolean;
  };
  guest?: { csum?: boolean; tso4?: boolean; tso6?: boolean; ecn?: boolean; ufo?: boolean };
}

export const netDriver = elementOf<NetDriverDef>(
  'driver',
  {
    name: attr(oneOf('qemu', 'vhost', 'kvm', 'vfio', 'xen')),
    txmode: attr(oneOf('iothread', 'timer')),
    ioeventfd: attr(onOff),
    event_idx: attr(onOff),
    queues: attr(uint, { unset: 0 }),
    rx_queue_size: attr(uint, { unset: 0 }),
    tx_queue_size: attr(uint, { unset: 0 }),
    rss: attr(onOff),
    rss_hash_report: attr(onOff),
    ...virtioOptions,
    host: child(
      part(
        'host',
        {
          csum: attr(onOff),
          gso: attr(onOff),
          tso4: attr(onOff),
          tso6: attr(onOff),
          ecn: attr(onOff),
          ufo: attr(onOff),
          mrg_rxbuf: attr(onOff),
        },
        omit,
      ),
    ),
    guest: child(
      part(
        'guest',
        { csum: attr(onOff), tso4: attr(onOff), tso6: attr(onOff), ecn: attr(onOff), ufo: attr(onOff) },
        omit,
      ),
    ),
  },
  omit,
);

export const VIRTIO_OPTIONS = ['iommu', 'ats', 'packed', 'page_per_vq'] as const;

/** Who takes a device from the host, and who moves the packets of another. */
const HOST_DRIVERS: ReadonlySet<string> = new Set(['kvm', 'vfio', 'xen']);
const BACKENDS: ReadonlySet<string> = new Set(['qemu', 'vhost']);

/** What a driver is told is read of virtio's devices only, but for what every such device has. */
export function withOwnDriver(node: XmlNode): XmlNode {
  const own = childOf(node, 'driver');
  if (own === undefined) return node;
  const names = node.attrs.type === 'hostdev' ? HOST_DRIVERS : BACKENDS;
  const model = childOf(node, 'model')?.attrs.type ?? '';
  const isVirtio = /^virtio(-transitional|-non-transitional)?$/i.test(model);
  if ((isVirtio || node.attrs.type === 'hostdev') && own.attrs.name !== undefined && !names.has(own.attrs.name))
    throw wrong(`Invalid value for attribute 'name' in element 'driver': '${own.attrs.name}'.`);
  if (node.attrs.type !== 'hostdev' && isVirtio) return node;
  const kept: readonly string[] = node.attrs.type === 'hostdev' ? ['name', ...VIRTIO_OPTIONS] : VIRTIO_OPTIONS;
  const children = node.children.map((child) =>
    child.name === 'driver'
      ? {
          ...child,
          attrs: Object.fromEntries(Object.entries(child.attrs).filter(([key]) => kept.includes(key))),
          children: [],
        }
      : child,
  );
  return { ...node, children };
}
