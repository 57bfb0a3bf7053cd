import {
  type DomainEvents,
  EventState,
  type NetworkEvents,
  type NetworkRef,
  type NodeDeviceEvents,
  type StoragePoolEvents,
  type StoragePoolRef,
} from '@virtkit/core/driver';
import { DomainEventID, NetworkEventID, NodeDeviceEventID, StoragePoolEventID } from '@virtkit/core/util';
import type { DomainObject } from './domain-object.js';

/** The events of one node. Registrations of all its connections are in here. */
export class NodeEvents {
  readonly domain = new EventState<DomainEvents>();
  readonly network = new EventState<NetworkEvents>();
  readonly storagePool = new EventState<StoragePoolEvents>();
  readonly nodeDevice = new EventState<NodeDeviceEvents>();

  lifecycle(dom: DomainObject, event: number, detail: number): void {
    const { ref } = dom;
    this.domain.emit(DomainEventID.LIFECYCLE, ref.uuid, { dom: ref, event, detail });
  }

  metadataChange(dom: DomainObject, type: number, nsuri: string | null): void {
    const { ref } = dom;
    this.domain.emit(DomainEventID.METADATA_CHANGE, ref.uuid, { dom: ref, type, nsuri });
  }

  networkLifecycle(net: NetworkRef, event: number): void {
    this.network.emit(NetworkEventID.LIFECYCLE, net.uuid, { net, event, detail: 0 });
  }

  poolLifecycle(pool: StoragePoolRef, event: number): void {
    this.storagePool.emit(StoragePoolEventID.LIFECYCLE, pool.uuid, { pool, event, detail: 0 });
  }

  poolRefreshed(pool: StoragePoolRef): void {
    this.storagePool.emit(StoragePoolEventID.REFRESH, pool.uuid, { pool });
  }

  nodeDeviceLifecycle(name: string, event: number): void {
    this.nodeDevice.emit(NodeDeviceEventID.LIFECYCLE, name, { dev: { name }, event, detail: 0 });
  }
}
