import type { NetworkSource } from '@virtkit/core/conf';
import type { BlockImage } from './block-image.js';
import { sliceOf } from './format-props.js';
import { sourceUri } from './hosts.js';
import { locationProps } from './storage-props.js';

const WITH_URI: ReadonlySet<string> = new Set(['nbd', 'http', 'https', 'ftp', 'ftps', 'tftp', 'iscsi', 'gluster']);

/** qemuBlockGetBackingStoreString: what an image above says of the image below it in its own header. */
export function backingString(image: BlockImage): string {
  const { source } = image;
  const slice = sliceOf(image);
  if (slice === undefined) {
    if (source.type === 'file') return source.source?.file ?? '';
    if (source.type === 'block') return source.source?.dev ?? '';
    if (source.type === 'dir')
      return image.format === 'fat' ? `fat:${source.source?.dir ?? ''}` : (source.source?.dir ?? '');
    if (source.type === 'network' && source.source !== undefined && isPlain(source.source))
      return sourceUri(source.source);
  }
  const location = locationProps({ ...image, secrets: {} });
  const file =
    slice === undefined ? location : { driver: 'raw', offset: slice.offset, size: slice.size, file: location };
  return `json:${JSON.stringify({ file })}`;
}

/** Whether a URI says all there is to say. */
function isPlain(source: NetworkSource): boolean {
  const [host, ...more] = source.host;
  return (
    WITH_URI.has(source.protocol) &&
    host !== undefined &&
    more.length === 0 &&
    (host.transport ?? 'tcp') === 'tcp' &&
    source.timeout === undefined &&
    source.cookies === undefined &&
    source.ssl === undefined &&
    source.readahead === undefined
  );
}
