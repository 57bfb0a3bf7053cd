import { formatPci, hasOwnBridge, type NetworkDef } from '@virtkit/core/conf';
import { unsupported } from './network-errors.js';

/** What validation asks of the host. */
export interface HostFacts {
  /** Whether a PCI device is a virtual function. */
  isVirtualFunction(address: string): boolean;
}

/** networkValidate: what the grammar allows, and no network here can do. */
export function validateNetwork(def: NetworkDef, host: HostFacts): void {
  const mode = def.forward?.mode ?? 'none';
  if (hasOwnBridge(def)) checkDhcp(def);
  else {
    const refused = (element: string): never => {
      throw unsupported(`Unsupported <${element}> element in network ${def.name} with forward mode='${mode}'`);
    };
    if (def.mac !== undefined) refused('mac');
    if (def.ip.length > 0) refused('ip');
    const { txt = [], host: hosts = [], srv = [] } = def.dns ?? {};
    if (txt.length + hosts.length + srv.length > 0) refused('dns');
    if (def.domain !== undefined) refused('domain');
    if (def.bandwidth !== undefined)
      throw unsupported(
        `unsupported network-wide <bandwidth> element in network '${def.name}' with forward mode='${mode}'`,
      );
  }
  checkPool(def, mode, host);
  checkPortGroups(def, mode);
  checkVlan(def, mode);
}

function checkDhcp(def: NetworkDef): void {
  for (const [family, label] of [
    [false, 'IPv4'],
    [true, 'IPv6'],
  ] as const) {
    const serving = def.ip.filter(
      ({ family: own, dhcp }) =>
        (own === 'ipv6') === family && dhcp !== undefined && dhcp.range.length + dhcp.host.length > 0,
    );
    if (serving.length > 1)
      throw unsupported(
        `Multiple ${label} dhcp sections found -- dhcp is supported only for a single ${label} address on each network`,
      );
  }
}

function checkPool(def: NetworkDef, mode: string, host: HostFacts): void {
  const pool = def.forward;
  for (const address of pool?.address ?? []) {
    if (mode !== 'hostdev')
      throw unsupported(
        `network '${def.name}' has forward mode '${mode}'  but lists a device by PCI address in the device pool. This is only supported for networks with forward mode 'hostdev'`,
      );
    const text = formatPci({ domain: 0, bus: 0, slot: 0, function: 0, ...address });
    if (!host.isVirtualFunction(text))
      throw unsupported(
        `device '/sys/bus/pci/devices/${text}' in network '${def.name}' is not an SR-IOV Virtual Function`,
      );
  }
  if (mode === 'hostdev')
    for (const { dev } of pool?.interface ?? [])
      throw unsupported(
        `network '${def.name}' has forward mode 'hostdev' but lists the device '${dev}' by its name: list it by PCI address`,
      );
}

function checkPortGroups(def: NetworkDef, mode: string): void {
  const seen = new Set<string | undefined>();
  let standard: string | undefined;
  for (const group of def.portgroup) {
    if (seen.has(group.name))
      throw unsupported(
        `multiple <portgroup> elements with the same name (${group.name}) in network '${def.name}': names must differ`,
      );
    seen.add(group.name);
    if (group.default === true) {
      if (standard !== undefined)
        throw unsupported(
          `network '${def.name}' has multiple default <portgroup> elements (${standard} and ${group.name}), but only one default is allowed`,
        );
      standard = group.name;
    }
    if (mode === 'hostdev' && group.bandwidth !== undefined)
      throw unsupported(
        `unsupported <bandwidth> element in network '${def.name}' in portgroup '${group.name}' with forward mode='${mode}'`,
      );
  }
}

/** Tags are for what can set them: Open vSwitch, and devices handed over whole. */
function checkVlan(def: NetworkDef, mode: string): void {
  const tagging = (type: string | undefined): boolean => mode === 'bridge' && type === 'openvswitch';
  const allowed = mode === 'hostdev' || mode === 'passthrough' || tagging(def.virtualport?.type);
  const bad =
    (def.vlan !== undefined && !allowed) ||
    def.portgroup.some(
      ({ vlan, virtualport }) =>
        vlan !== undefined && !(virtualport === undefined ? allowed : tagging(virtualport.type)),
    );
  if (bad)
    throw unsupported(
      `<vlan> element specified for network ${def.name}, whose type doesn't support vlan configuration`,
    );
}
