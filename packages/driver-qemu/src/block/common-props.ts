import { ErrorCode, ErrorDomain, LibvirtError } from '@virtkit/core/util';
import type { BlockImage } from './block-image.js';
import type { JsonObject } from './json.js';

/** BDRV's limit without the final NUL */
const NODE_NAME_LENGTH = 31;

/** QEMU cuts no names: it refuses long ones. */
export function checkNodeName(name: string): void {
  if (Buffer.byteLength(name) <= NODE_NAME_LENGTH) return;
  throw new LibvirtError(
    ErrorCode.INTERNAL_ERROR,
    ErrorDomain.QEMU,
    `node-name '${name}' too long for qemu: at most ${NODE_NAME_LENGTH} bytes are allowed`,
  );
}

/** qemuBlockStorageSourceGetBlockdevGetCacheProps; nothing for the default, which is QEMU's. */
export function cacheProps(cache: BlockImage['cache']): JsonObject | undefined {
  if (cache === undefined || cache === 'default') return undefined;
  return { direct: cache === 'none' || cache === 'directsync', 'no-flush': cache === 'unsafe' };
}
