// nodeDevice: libvirt's public numbers, names without their common prefix.

/** virNodeDeviceCreateXMLFlags (bit mask); values are VIR_NODE_DEVICE_CREATE_XML_*. */
export const NodeDeviceCreateXMLFlags = {
  VALIDATE: 1,
} as const;
export type NodeDeviceCreateXMLFlags = (typeof NodeDeviceCreateXMLFlags)[keyof typeof NodeDeviceCreateXMLFlags];

/** virNodeDeviceDefineXMLFlags (bit mask); values are VIR_NODE_DEVICE_DEFINE_XML_*. */
export const NodeDeviceDefineXMLFlags = {
  VALIDATE: 1,
} as const;
export type NodeDeviceDefineXMLFlags = (typeof NodeDeviceDefineXMLFlags)[keyof typeof NodeDeviceDefineXMLFlags];

/** virNodeDeviceEventID (enumeration); values are VIR_NODE_DEVICE_EVENT_ID_*. */
export const NodeDeviceEventID = {
  LIFECYCLE: 0,
  UPDATE: 1,
} as const;
export type NodeDeviceEventID = (typeof NodeDeviceEventID)[keyof typeof NodeDeviceEventID];

/** virNodeDeviceEventLifecycleType (enumeration); values are VIR_NODE_DEVICE_EVENT_*. */
export const NodeDeviceEventLifecycleType = {
  CREATED: 0,
  DELETED: 1,
  DEFINED: 2,
  UNDEFINED: 3,
} as const;
export type NodeDeviceEventLifecycleType =
  (typeof NodeDeviceEventLifecycleType)[keyof typeof NodeDeviceEventLifecycleType];
