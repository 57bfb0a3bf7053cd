import { type ElementCodec, validateDocument } from '@virtkit/core/conf';

/**
 * Where it is `wanted`, refuses a document that does not fit libvirt's schema of that name before the work is done; only
 * then there is something to wait for.
 */
export function checked<T, R>(
  schema: string,
  codec: ElementCodec<T>,
  xml: string,
  wanted: boolean,
  work: () => R,
): R | Promise<R> {
  return wanted ? validateDocument(schema, codec, xml).then(work) : work();
}
