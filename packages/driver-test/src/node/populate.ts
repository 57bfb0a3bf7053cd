import { DomainRunningReason, DomainState } from '@virtkit/core/util';
import { operationFailed } from '../errors.js';
import { DomainObject } from '../state/domain-object.js';
import { NetworkObject } from '../state/network-object.js';
import { PoolObject } from '../state/pool-object.js';
import type { TestNode } from '../state/test-node.js';
import type { DomainDescription, NodeDescription } from './describe-node.js';

/** Gives an empty node what a description says. */
export function populate(node: TestNode, description: NodeDescription): void {
  node.info = description.info;
  for (const domain of description.domains) addDomain(node, domain);
  for (const def of description.networks) {
    node.networks.match(def.name, def.uuid);
    const network = new NetworkObject(def);
    network.persistent = true;
    network.active = true;
    node.networks.add(network);
  }
  for (const def of description.interfaces) node.interfaces.define(def).active = true;
  for (const { def, volumes } of description.pools) {
    node.pools.match(def.name, def.uuid);
    const pool = new PoolObject(def);
    pool.persistent = true;
    pool.active = true;
    node.pools.add(pool);
    for (const volume of volumes) pool.addVolume(volume);
  }
  for (const def of description.devices) node.nodeDevices.set(def.name, { def });
}

function addDomain(node: TestNode, { def, state, transient, managedSave, snapshots }: DomainDescription): void {
  if (node.domains.match(def.name, def.uuid) !== undefined)
    throw operationFailed(`domain '${def.name}' already exists with uuid ${def.uuid}`);
  const dom = new DomainObject(def, def.uuid);
  dom.persistent = !transient;
  dom.managedSave = managedSave;
  node.domains.add(dom);
  for (const snapshot of snapshots) {
    const moment = { name: snapshot.name, parent: snapshot.parent?.name, def: snapshot };
    dom.snapshots.add(moment);
    if (snapshot.active === true) dom.snapshots.current = moment;
  }
  if (state !== DomainState.SHUTOFF) node.domains.started(dom, state, DomainRunningReason.UNKNOWN);
}
