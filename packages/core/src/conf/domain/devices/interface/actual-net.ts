import {
  type Bandwidth,
  bandwidth,
  type VirtualPort,
  virtualPortWith,
  type Vlan,
  vlan,
} from '../../../network/index.js';
import { attr, child, elementOf, oneOf, part, req, str, uint, yesNo } from '../../../xml/index.js';
import { type DeviceAddress, hostAddress } from '../../common/address.js';
import { portOptions, type PortOptionsDef } from '../../common/net-parts.js';
import { omit } from '../../common/omit.js';

/** virDomainActualNetDef: what an interface of a network has become when the domain was started. */
export interface ActualNetDef {
  type: 'network' | 'bridge' | 'direct' | 'hostdev' | 'user' | 'vdpa';
  managed?: boolean;
  trustGuestRxFilters?: boolean;
  source?: { bridge?: string; macTableManager?: string; dev?: string; mode?: string; address?: DeviceAddress };
  class?: { id: number };
  vlan?: Vlan;
  virtualport?: VirtualPort;
  bandwidth?: Bandwidth;
  port?: PortOptionsDef;
}

export const actualNet = elementOf<ActualNetDef>('actual', {
  type: req(oneOf('network', 'bridge', 'direct', 'hostdev', 'user', 'vdpa')),
  managed: attr(yesNo),
  trustGuestRxFilters: attr(yesNo),
  source: child(
    part(
      'source',
      {
        bridge: attr(str),
        macTableManager: attr(str),
        dev: attr(str),
        mode: attr(str),
        address: child(hostAddress),
      },
      omit,
    ),
  ),
  class: child(part('class', { id: req(uint) })),
  vlan: child(vlan),
  virtualport: child(virtualPortWith({ optionalType: true })),
  bandwidth: child(bandwidth),
  port: portOptions,
});
