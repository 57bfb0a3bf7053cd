import { generateMac } from '@virtkit/core/util';
import { hasOwnBridge, type NetworkDef } from '@virtkit/core/conf';
import { internalError } from './network-errors.js';

/** Names of bridges that others have: networks, and interfaces of the host. */
export interface TakenBridges {
  /** Whether another network has the bridge. */
  ofNetwork(bridge: string): boolean;
  /** Whether the host has an interface of that name. */
  ofHost(bridge: string): boolean;
}

const MAX_BRIDGES = 256;

/** networkValidate's other half: a bridge name and an address for the bridge, where the definition has none. */
export function completeNetwork(def: NetworkDef, taken: TakenBridges): void {
  if (!hasOwnBridge(def)) return;
  const bridge = (def.bridge ??= {});
  if (bridge.name === undefined || bridge.name.includes('%d')) {
    const name = freeBridge(bridge.name ?? 'virbr%d', taken);
    def.bridge = { ...bridge, name };
  } else if (taken.ofNetwork(bridge.name)) throw internalError(`bridge name '${bridge.name}' already in use.`);
  def.bridge = { name: def.bridge?.name ?? '', ...def.bridge };
  if (def.mac === undefined) def.mac = { address: generateMac() };
}

function freeBridge(template: string, taken: TakenBridges): string {
  for (let id = 0; id < MAX_BRIDGES; id++) {
    const name = template.replace('%d', String(id));
    if (!taken.ofNetwork(name) && !taken.ofHost(name)) return name;
  }
  throw internalError(`Bridge generation exceeded max id ${MAX_BRIDGES}`);
}
