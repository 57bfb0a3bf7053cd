import { ObjectList, type Clock, type NodeInfo } from '@virtkit/core/driver';
import { ErrorDomain } from '@virtkit/core/util';
import { DEFAULT_NODE } from '../node/host-info.js';
import type { DomainObject } from './domain-object.js';
import { DomainList } from './domain-list.js';
import { NodeEvents } from './events.js';
import { InterfaceList } from './interface-list.js';
import type { NetworkObject } from './network-object.js';
import type { NodeDeviceObject } from './node-device-object.js';
import type { PoolObject } from './pool-object.js';

/** testDriver: everything that one pretended host has. */
export class TestNode {
  readonly domains = new DomainList();
  readonly networks = new ObjectList<NetworkObject>('network', ErrorDomain.NETWORK);
  readonly pools = new ObjectList<PoolObject>('pool', ErrorDomain.STORAGE);
  readonly interfaces = new InterfaceList();
  readonly nodeDevices = new Map<string, NodeDeviceObject>();
  readonly events = new NodeEvents();
  info: NodeInfo = DEFAULT_NODE;

  constructor(readonly clock: Clock) {}

  /** As if nothing had ever been here. */
  clear(): void {
    this.domains.clear();
    this.networks.clear();
    this.pools.clear();
    this.interfaces.clear();
    this.nodeDevices.clear();
    this.info = DEFAULT_NODE;
  }

  /** Microseconds since the epoch: what pretended counters grow with. */
  get microseconds(): bigint {
    return BigInt(Math.round(this.clock.now() * 1000));
  }

  /** Seconds since the epoch. */
  get seconds(): bigint {
    return BigInt(Math.floor(this.clock.now() / 1000));
  }

  /** Removes a domain that is neither running nor stored. */
  dropIfGone(dom: DomainObject): void {
    if (!dom.active && !dom.persistent) this.domains.remove(dom);
  }
}
