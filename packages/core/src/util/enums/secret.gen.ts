// secret: libvirt's public numbers, names without their common prefix.

/** virSecretUsageType (enumeration); values are VIR_SECRET_USAGE_TYPE_*. */
export const SecretUsageType = {
  NONE: 0,
  VOLUME: 1,
  CEPH: 2,
  ISCSI: 3,
  TLS: 4,
  VTPM: 5,
} as const;
export type SecretUsageType = (typeof SecretUsageType)[keyof typeof SecretUsageType];

/** virSecretDefineFlags (bit mask); values are VIR_SECRET_DEFINE_*. */
export const SecretDefineFlags = {
  VALIDATE: 1,
} as const;
export type SecretDefineFlags = (typeof SecretDefineFlags)[keyof typeof SecretDefineFlags];

/** virSecretEventID (enumeration); values are VIR_SECRET_EVENT_ID_*. */
export const SecretEventID = {
  LIFECYCLE: 0,
  VALUE_CHANGED: 1,
} as const;
export type SecretEventID = (typeof SecretEventID)[keyof typeof SecretEventID];

/** virSecretEventLifecycleType (enumeration); values are VIR_SECRET_EVENT_*. */
export const SecretEventLifecycleType = {
  DEFINED: 0,
  UNDEFINED: 1,
} as const;
export type SecretEventLifecycleType = (typeof SecretEventLifecycleType)[keyof typeof SecretEventLifecycleType];
