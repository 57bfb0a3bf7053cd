import {
  confContext,
  formatNetwork,
  mac as macCodec,
  network as networkElement,
  type NetworkDef,
  parseNetwork,
  updateNetwork,
  validateDocument,
} from '@virtkit/core/conf';
import { type NetworkDriver, networkFilter } from '@virtkit/core/driver';
import { NetworkDefineFlags, NetworkUpdateFlags, NetworkXMLFlags } from '@virtkit/core/util';
import { dhcpLeases } from '../dhcp-leases.js';
import { internalError, invalid, invalidMac } from '../network-errors.js';
import type { NetworkList } from '../network-list.js';
import type { Network } from '../network.js';

const LIVE = confContext({ live: true });

/** Reads a document; the VALIDATE flags of defining and creating are the same bit. */
async function parse(xml: string, flags: number): Promise<NetworkDef> {
  if ((flags & NetworkDefineFlags.VALIDATE) !== 0) await validateDocument('network', networkElement, xml);
  return parseNetwork(xml);
}

/** Definitions and life of networks. */
export const networkOps = (list: NetworkList) => {
  const of = ({ uuid, name }: { uuid: string; name: string }): Network => list.byUuid(uuid, name);
  return {
    connectListAllNetworks: (flags) =>
      list
        .all()
        .filter(networkFilter(flags))
        .map(({ ref }) => ref),
    networkLookupByUUID: (uuid) => list.byUuid(uuid).ref,
    networkLookupByName: (name) => list.byName(name).ref,
    networkDefineXMLFlags: async (xml, flags) => (await list.define(await parse(xml, flags))).ref,
    networkCreateXMLFlags: async (xml, flags) => (await list.create(await parse(xml, flags))).ref,
    networkUndefine: (ref) => list.undefine(of(ref)),
    networkCreate: (ref) => list.start(of(ref)),
    networkDestroy: (ref) => list.stop(of(ref)),
    networkGetXMLDesc(ref, flags) {
      const network = of(ref);
      return (flags & NetworkXMLFlags.INACTIVE) !== 0
        ? formatNetwork(network.config)
        : formatNetwork(network.def, LIVE);
    },
    networkGetBridgeName(ref) {
      const { def } = of(ref);
      if (def.bridge?.name === undefined) throw internalError(`network '${def.name}' does not have a bridge name.`);
      return def.bridge.name;
    },
    networkGetAutostart: (ref) => of(ref).autostart,
    networkSetAutostart: (ref, autostart) => list.setAutostart(of(ref), autostart),
    networkIsActive: (ref) => of(ref).active,
    networkIsPersistent: (ref) => of(ref).persistent,
    networkGetDHCPLeases: (ref, mac) => {
      const network = of(ref);
      if (mac !== null && macCodec.parse(mac) === undefined) throw invalidMac(mac);
      return dhcpLeases(network.def, list.runtime.leaseFile(network.def), mac ?? undefined);
    },
    networkUpdate(ref, command, section, parentIndex, xml, flags) {
      const network = of(ref);
      return network.jobs.run('update', () => update(list, network, [command, section, parentIndex, xml], flags));
    },
  } satisfies NetworkDriver;
};

async function update(
  list: NetworkList,
  network: Network,
  [command, section, index, xml]: readonly [number, number, number, string],
  flags: number,
): Promise<void> {
  const { LIVE: AFFECT_LIVE, CONFIG } = NetworkUpdateFlags;
  let affected = flags & (AFFECT_LIVE | CONFIG);
  if (affected === 0) affected = network.active ? AFFECT_LIVE : CONFIG;
  if ((affected & AFFECT_LIVE) !== 0 && !network.active) throw invalid('network is not running');
  if ((affected & CONFIG) !== 0 && !network.persistent)
    throw invalid('cannot change persistent config of a transient network');
  const config = (affected & CONFIG) !== 0 ? updateNetwork(network.config, command, section, index, xml) : undefined;
  const live = (affected & AFFECT_LIVE) !== 0 ? updateNetwork(network.def, command, section, index, xml) : undefined;
  if (live !== undefined) {
    const before = network.def;
    network.newDef ??= network.persistent ? before : undefined;
    await list.runtime.refresh(live, before);
    network.def = live;
    await list.saveStatus(network);
  }
  if (config !== undefined) await list.saveConfig(network, config);
}
