// other: libvirt's public numbers, names without their common prefix.

/** virTypedParameterType (enumeration); values are VIR_TYPED_PARAM_*. */
export const TypedParameterType = {
  INT: 1,
  UINT: 2,
  LLONG: 3,
  ULLONG: 4,
  DOUBLE: 5,
  BOOLEAN: 6,
  STRING: 7,
} as const;
export type TypedParameterType = (typeof TypedParameterType)[keyof typeof TypedParameterType];

/** virTypedParameterFlags (bit mask); values are VIR_TYPED_PARAM_*. */
export const TypedParameterFlags = {
  STRING_OKAY: 4,
} as const;
export type TypedParameterFlags = (typeof TypedParameterFlags)[keyof typeof TypedParameterFlags];

/** virVcpuState (enumeration); values are VIR_VCPU_*. */
export const VcpuState = {
  OFFLINE: 0,
  RUNNING: 1,
  BLOCKED: 2,
} as const;
export type VcpuState = (typeof VcpuState)[keyof typeof VcpuState];

/** virKeycodeSet (enumeration); values are VIR_KEYCODE_SET_*. */
export const KeycodeSet = {
  LINUX: 0,
  XT: 1,
  ATSET1: 2,
  ATSET2: 3,
  ATSET3: 4,
  OSX: 5,
  XT_KBD: 6,
  USB: 7,
  WIN32: 8,
  QNUM: 9,
} as const;
export type KeycodeSet = (typeof KeycodeSet)[keyof typeof KeycodeSet];

/** virSchedParameterType (enumeration); values are VIR_DOMAIN_SCHED_FIELD_*. */
export const SchedParameterType = {
  INT: 1,
  UINT: 2,
  LLONG: 3,
  ULLONG: 4,
  DOUBLE: 5,
  BOOLEAN: 6,
} as const;
export type SchedParameterType = (typeof SchedParameterType)[keyof typeof SchedParameterType];

/** virBlkioParameterType (enumeration); values are VIR_DOMAIN_BLKIO_PARAM_*. */
export const BlkioParameterType = {
  INT: 1,
  UINT: 2,
  LLONG: 3,
  ULLONG: 4,
  DOUBLE: 5,
  BOOLEAN: 6,
} as const;
export type BlkioParameterType = (typeof BlkioParameterType)[keyof typeof BlkioParameterType];

/** virMemoryParameterType (enumeration); values are VIR_DOMAIN_MEMORY_PARAM_*. */
export const MemoryParameterType = {
  INT: 1,
  UINT: 2,
  LLONG: 3,
  ULLONG: 4,
  DOUBLE: 5,
  BOOLEAN: 6,
} as const;
export type MemoryParameterType = (typeof MemoryParameterType)[keyof typeof MemoryParameterType];

/** virEventHandleType (bit mask); values are VIR_EVENT_HANDLE_*. */
export const EventHandleType = {
  READABLE: 1,
  WRITABLE: 2,
  ERROR: 4,
  HANGUP: 8,
} as const;
export type EventHandleType = (typeof EventHandleType)[keyof typeof EventHandleType];

/** virInterfaceXMLFlags (bit mask); values are VIR_INTERFACE_XML_*. */
export const InterfaceXMLFlags = {
  INACTIVE: 1,
} as const;
export type InterfaceXMLFlags = (typeof InterfaceXMLFlags)[keyof typeof InterfaceXMLFlags];

/** virInterfaceDefineFlags (bit mask); values are VIR_INTERFACE_DEFINE_*. */
export const InterfaceDefineFlags = {
  VALIDATE: 1,
} as const;
export type InterfaceDefineFlags = (typeof InterfaceDefineFlags)[keyof typeof InterfaceDefineFlags];

/** virNWFilterDefineFlags (bit mask); values are VIR_NWFILTER_DEFINE_*. */
export const NWFilterDefineFlags = {
  VALIDATE: 1,
} as const;
export type NWFilterDefineFlags = (typeof NWFilterDefineFlags)[keyof typeof NWFilterDefineFlags];

/** virNWFilterBindingCreateFlags (bit mask); values are VIR_NWFILTER_BINDING_CREATE_*. */
export const NWFilterBindingCreateFlags = {
  VALIDATE: 1,
} as const;
export type NWFilterBindingCreateFlags = (typeof NWFilterBindingCreateFlags)[keyof typeof NWFilterBindingCreateFlags];

/** virStreamFlags (bit mask); values are VIR_STREAM_*. */
export const StreamFlags = {
  NONBLOCK: 1,
} as const;
export type StreamFlags = (typeof StreamFlags)[keyof typeof StreamFlags];

/** virStreamRecvFlagsValues (bit mask); values are VIR_STREAM_RECV_*. */
export const StreamRecvFlagsValues = {
  STOP_AT_HOLE: 1,
} as const;
export type StreamRecvFlagsValues = (typeof StreamRecvFlagsValues)[keyof typeof StreamRecvFlagsValues];

/** virStreamEventType (bit mask); values are VIR_STREAM_EVENT_*. */
export const StreamEventType = {
  READABLE: 1,
  WRITABLE: 2,
  ERROR: 4,
  HANGUP: 8,
} as const;
export type StreamEventType = (typeof StreamEventType)[keyof typeof StreamEventType];

/** virClientTransport (enumeration); values are VIR_CLIENT_TRANS_*. */
export const ClientTransport = {
  UNIX: 0,
  TCP: 1,
  TLS: 2,
} as const;
export type ClientTransport = (typeof ClientTransport)[keyof typeof ClientTransport];
