export * from './clock.js';
export * from './copy-def.js';
export * from './device-list.js';
export * from './common/address.js';
export * from './common/bitmap.js';
export * from './common/chardev.js';
export * from './common/device-info.js';
export * from './common/net-parts.js';
export * from './common/seclabel.js';
export * from './common/storage-auth.js';
export * from './common/backing-store.js';
export { NET_PROTOCOLS, type NetworkSource, type StorageHostDef } from './common/network-source.js';
export type { ReconnectDef } from './common/reconnect.js';
export type { ReservationsDef, SourceBase, SourceExtras } from './common/source-extras.js';
export * from './common/storage-format.js';
export * from './common/storage-source.js';
export * from './common/virtio-options.js';
export type { DomainContext } from './context.js';
export * from './cpu.js';
export * from './cpu-tuning.js';
export * from './devices.js';
export * from './devices/index.js';
export { domain, PERF_EVENTS } from './domain-codec.js';
export * from './domain-def.js';
export * from './domain-texts.js';
export * from './domain-xml.js';
export * from './features.js';
export * from './memory-tuning.js';
export * from './metadata-element.js';
export * from './numa.js';
export * from './os.js';
export * from './security.js';
export * from './status.js';
export * from './sysinfo.js';
export * from './xml-option.js';
export * from './addresses/index.js';
export { mirrorConsole } from './post-parse/chardevs.js';
export * from './lookups.js';
export * from './abi-stability.js';
export {
  addController,
  findController,
  insertController,
  maybeAddController,
  unusedControllerIndex,
} from './post-parse/controllers.js';
export { assignDriveAddress, diskIndex, insertDisk, isEmptySource, sourcePath } from './post-parse/disks.js';
export { postParseDevice } from './post-parse/devices.js';
export { arrangeDevices, postParseDomain } from './post-parse.js';
export { validateDomain } from './validate.js';
export * from './device-config.js';
export * from './device-match.js';
export * from './device-xml.js';
export * from './blkio-params.js';
export * from './iothreads.js';
export * from './domain-metadata.js';
export * from './interface-params.js';
export * from './memory-params.js';
