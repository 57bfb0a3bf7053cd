import { type ElementCodec, readXml, refuseUnknown } from '@virtkit/core/conf';

/** Where `flags` ask for it, refuses a document with names that its grammar does not know. */
export function checkSchema<T>(codec: ElementCodec<T>, xml: string, flags: number, validate: number): void {
  if ((flags & validate) !== 0) refuseUnknown(codec, readXml(xml));
}
