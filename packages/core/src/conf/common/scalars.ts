import type { Scalar } from '../xml/index.js';

/** As `base`, but an empty text means `value`, as where libvirt reads through XPath. */
export const emptyIs = <T>(base: Scalar<T>, value: T): Scalar<T> => ({
  ...base,
  parse: (text) => (text === '' ? value : base.parse(text)),
});
