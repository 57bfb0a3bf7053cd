import {
  formatNetwork,
  network as networkCodec,
  type NetworkDef,
  parseNetwork,
  updateNetwork,
} from '@virtkit/core/conf';
import { type NetworkDriver, networkFilter, type NetworkRef } from '@virtkit/core/driver';
import {
  ErrorDomain,
  NetworkCreateFlags,
  NetworkDefineFlags,
  NetworkEventLifecycleType,
  NetworkUpdateFlags,
} from '@virtkit/core/util';
import { checked } from '../conf/schema.js';
import { internalError, noNetwork, operationInvalid } from '../errors.js';
import { NetworkObject } from '../state/network-object.js';
import type { TestNode } from '../state/test-node.js';

const { LIVE, CONFIG } = NetworkUpdateFlags;

/** Virtual networks. */
export function networkOps({ networks, events }: TestNode) {
  const byName = ({ name }: NetworkRef): NetworkObject => {
    const network = networks.byName(name);
    if (network === undefined) throw noNetwork(`no network with matching name '${name}'`);
    return network;
  };
  const byUuid = (uuid: string): NetworkObject => {
    const network = networks.byUuid(uuid);
    if (network === undefined) throw noNetwork(`no network with matching uuid '${uuid}'`);
    return network;
  };
  const assign = (def: NetworkDef): NetworkObject => {
    let network = networks.match(def.name, def.uuid);
    if (network === undefined) networks.add((network = new NetworkObject(def)));
    return network;
  };

  const ops = {
    connectListAllNetworks(flags: number): NetworkRef[] {
      const matches = networkFilter(flags);
      const refs: NetworkRef[] = [];
      for (const network of networks) if (matches(network)) refs.push(network.ref);
      return refs;
    },

    networkLookupByUUID: (uuid: string) => byUuid(uuid).ref,
    networkLookupByName: (name: string) => byName({ name, uuid: '' }).ref,

    networkCreateXMLFlags(xml: string, flags: number): NetworkRef | Promise<NetworkRef> {
      return checked('network', networkCodec, xml, (flags & NetworkCreateFlags.VALIDATE) !== 0, () => {
        const def = parseNetwork(xml);
        if (networks.match(def.name, def.uuid)?.active === true)
          throw operationInvalid(`network is already active as '${def.name}'`, ErrorDomain.NETWORK);
        const network = assign(def);
        network.start(def);
        events.networkLifecycle(network.ref, NetworkEventLifecycleType.STARTED);
        return network.ref;
      });
    },

    networkDefineXMLFlags(xml: string, flags: number): NetworkRef | Promise<NetworkRef> {
      return checked('network', networkCodec, xml, (flags & NetworkDefineFlags.VALIDATE) !== 0, () => {
        const def = parseNetwork(xml);
        const network = assign(def);
        network.define(def);
        events.networkLifecycle(network.ref, NetworkEventLifecycleType.DEFINED);
        return network.ref;
      });
    },

    networkUndefine(ref: NetworkRef): void {
      const network = byName(ref);
      if (network.active) throw operationInvalid(`Network '${ref.name}' is still running`);
      networks.remove(network);
      events.networkLifecycle(network.ref, NetworkEventLifecycleType.UNDEFINED);
    },

    networkUpdate(
      ref: NetworkRef,
      command: number,
      section: number,
      parentIndex: number,
      xml: string,
      flags: number,
    ): void {
      const network = byName(ref);
      const current = (flags & (LIVE | CONFIG)) === 0;
      const live = current ? network.active : (flags & LIVE) !== 0;
      const config = current ? !network.active : (flags & CONFIG) !== 0;
      if (live && !network.active) throw operationInvalid('network is not running', ErrorDomain.NETWORK);
      if (config && !network.persistent)
        throw operationInvalid('cannot change persistent config of a transient network', ErrorDomain.NETWORK);
      const update = (def: NetworkDef): NetworkDef => updateNetwork(def, command, section, parentIndex, xml);
      const newConfig = config ? update(network.config) : undefined;
      if (live) network.setDef(update(network.def));
      if (newConfig !== undefined) network.setConfig(newConfig);
    },

    networkCreate(ref: NetworkRef): void {
      const network = byName(ref);
      if (network.active) throw operationInvalid(`Network '${ref.name}' is already running`);
      network.active = true;
      events.networkLifecycle(network.ref, NetworkEventLifecycleType.STARTED);
    },

    networkDestroy(ref: NetworkRef): void {
      const network = byName(ref);
      network.active = false;
      events.networkLifecycle(network.ref, NetworkEventLifecycleType.STOPPED);
      if (!network.persistent) networks.remove(network);
    },

    networkGetXMLDesc: (ref: NetworkRef, flags: number) => formatNetwork(byName(ref).def),

    networkGetBridgeName(ref: NetworkRef): string {
      const name = byName(ref).def.bridge?.name;
      if (name === undefined) throw internalError(`network '${ref.name}' does not have a bridge name.`);
      return name;
    },

    networkGetAutostart: (ref: NetworkRef) => byName(ref).autostart,
    networkSetAutostart(ref: NetworkRef, autostart: boolean): void {
      byName(ref).autostart = autostart;
    },
    networkIsActive: ({ uuid }: NetworkRef) => byUuid(uuid).active,
    networkIsPersistent: ({ uuid }: NetworkRef) => byUuid(uuid).persistent,
  } satisfies NetworkDriver;
  return ops;
}
