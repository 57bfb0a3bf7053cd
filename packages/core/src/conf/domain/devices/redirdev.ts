import {
  attr,
  type ElementCodec,
  elementOf,
  attrOr,
  list,
  oneOf,
  part,
  req,
  type Scalar,
  variants,
  yesNo,
} from '../../xml/index.js';
import { aroundCharSource, type CharSource } from '../common/chardev.js';
import { type BootableInfo, bootableInfo } from '../common/device-info.js';
import { internal, refusedAs, wrong } from '../common/problems.js';

/** virDomainRedirdevDef */
export type RedirdevDef = BootableInfo & CharSource & { bus: 'usb' };

export const redirdev: ElementCodec<RedirdevDef> = elementOf<RedirdevDef>(
  'redirdev',
  variants<RedirdevDef, 'type', 'bus'>('type', aroundCharSource({}, bootableInfo), {
    first: { bus: attrOr(oneOf('usb'), 'usb', refusedAs('unknown redirdev bus')) },
    ...refusedAs('unknown redirdev character device type'),
    missing: () => internal('missing type in redirdev'),
  }),
  {
    after({ address }) {
      if (address !== undefined && address.type !== 'usb') throw wrong('Invalid address for a USB device');
    },
  },
);

/** virDomainRedirFilterUSBDevDef; what is absent matches anything. */
export interface RedirFilterUsbdev {
  class?: number;
  vendor?: number;
  product?: number;
  version?: string;
  allow: boolean;
}

/** virDomainRedirFilterDef */
export interface RedirfilterDef {
  usbdev: RedirFilterUsbdev[];
}

const ANY = -1;

/** A hexadecimal number, or -1 for any. */
function idOrAny(digits: number, max: number): Scalar<number> {
  return {
    type: { kind: 'integer', minimum: ANY },
    parse(text) {
      if (text === '-1') return ANY;
      const value = /^(0[xX])?[0-9a-fA-F]+$/.test(text) ? parseInt(text, 16) : NaN;
      return value >= 0 && value <= max ? value : undefined;
    },
    format: (value) => `0x${value.toString(16).toUpperCase().padStart(digits, '0')}`,
    plain: true,
  };
}

const VERSION = /^(\d{1,2})\.(\d{1,2})$/;

/** A version in binary coded decimal, as USB descriptors have it. */
const usbVersion: Scalar<string> = {
  type: { kind: 'string', description: 'USB version such as 1.10, or -1 for any' },
  parse(text) {
    if (text === '-1') return text;
    const match = VERSION.exec(text);
    if (match === null) return undefined;
    const [, major, minor] = match as unknown as [string, string, string];
    return `${Number(major)}.${minor.length === 1 ? `${minor}0` : minor}`;
  },
  format: (value) => value,
  plain: true,
};

const usbdev = elementOf<RedirFilterUsbdev>(
  'usbdev',
  {
    class: attr(idOrAny(2, 0xffffffff)),
    vendor: attr(idOrAny(4, 0xffff)),
    product: attr(idOrAny(4, 0xffff)),
    version: attr(usbVersion),
    allow: req(yesNo),
  },
  {
    after(model) {
      if (model.class !== undefined && model.class > 0xff)
        throw internal(`Invalid USB Class code 0x${model.class.toString(16)}`);
      for (const key of ['class', 'vendor', 'product'] as const) if (model[key] === ANY) delete model[key];
      if (model.version === '-1') delete model.version;
    },
  },
);

export const redirfilter: ElementCodec<RedirfilterDef> = part(
  'redirfilter',
  { usbdev: list(usbdev) },
  { omitEmpty: true },
);
