// network: libvirt's public numbers, names without their common prefix.

/** virNetworkXMLFlags (bit mask); values are VIR_NETWORK_XML_*. */
export const NetworkXMLFlags = {
  INACTIVE: 1,
} as const;
export type NetworkXMLFlags = (typeof NetworkXMLFlags)[keyof typeof NetworkXMLFlags];

/** virNetworkCreateFlags (bit mask); values are VIR_NETWORK_CREATE_*. */
export const NetworkCreateFlags = {
  VALIDATE: 1,
} as const;
export type NetworkCreateFlags = (typeof NetworkCreateFlags)[keyof typeof NetworkCreateFlags];

/** virNetworkDefineFlags (bit mask); values are VIR_NETWORK_DEFINE_*. */
export const NetworkDefineFlags = {
  VALIDATE: 1,
} as const;
export type NetworkDefineFlags = (typeof NetworkDefineFlags)[keyof typeof NetworkDefineFlags];

/** virNetworkUpdateCommand (enumeration); values are VIR_NETWORK_UPDATE_COMMAND_*. */
export const NetworkUpdateCommand = {
  NONE: 0,
  MODIFY: 1,
  DELETE: 2,
  ADD_LAST: 3,
  ADD_FIRST: 4,
} as const;
export type NetworkUpdateCommand = (typeof NetworkUpdateCommand)[keyof typeof NetworkUpdateCommand];

/** virNetworkUpdateSection (enumeration); values are VIR_NETWORK_SECTION_*. */
export const NetworkUpdateSection = {
  NONE: 0,
  BRIDGE: 1,
  DOMAIN: 2,
  IP: 3,
  IP_DHCP_HOST: 4,
  IP_DHCP_RANGE: 5,
  FORWARD: 6,
  FORWARD_INTERFACE: 7,
  FORWARD_PF: 8,
  PORTGROUP: 9,
  DNS_HOST: 10,
  DNS_TXT: 11,
  DNS_SRV: 12,
} as const;
export type NetworkUpdateSection = (typeof NetworkUpdateSection)[keyof typeof NetworkUpdateSection];

/** virNetworkUpdateFlags (bit mask); values are VIR_NETWORK_UPDATE_AFFECT_*. */
export const NetworkUpdateFlags = {
  CURRENT: 0,
  LIVE: 1,
  CONFIG: 2,
} as const;
export type NetworkUpdateFlags = (typeof NetworkUpdateFlags)[keyof typeof NetworkUpdateFlags];

/** virNetworkEventLifecycleType (enumeration); values are VIR_NETWORK_EVENT_*. */
export const NetworkEventLifecycleType = {
  DEFINED: 0,
  UNDEFINED: 1,
  STARTED: 2,
  STOPPED: 3,
} as const;
export type NetworkEventLifecycleType = (typeof NetworkEventLifecycleType)[keyof typeof NetworkEventLifecycleType];

/** virNetworkEventID (enumeration); values are VIR_NETWORK_EVENT_ID_*. */
export const NetworkEventID = {
  LIFECYCLE: 0,
} as const;
export type NetworkEventID = (typeof NetworkEventID)[keyof typeof NetworkEventID];

/** virIPAddrType (enumeration); values are VIR_IP_ADDR_TYPE_*. */
export const IPAddrType = {
  IPV4: 0,
  IPV6: 1,
} as const;
export type IPAddrType = (typeof IPAddrType)[keyof typeof IPAddrType];

/** virNetworkPortCreateFlags (bit mask); values are VIR_NETWORK_PORT_CREATE_*. */
export const NetworkPortCreateFlags = {
  RECLAIM: 1,
  VALIDATE: 2,
} as const;
export type NetworkPortCreateFlags = (typeof NetworkPortCreateFlags)[keyof typeof NetworkPortCreateFlags];
