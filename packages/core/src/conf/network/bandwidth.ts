import { ErrorCode, ErrorDomain, LibvirtError } from '../../util/index.js';
import {
  attr,
  child,
  type ConfContext,
  custom,
  elementOf,
  type Scalar,
  ulong,
  type XmlNode,
  childrenOf,
} from '../xml/index.js';

/** virNetDevBandwidthRate: KiB/s and, for the burst, KiB. */
export interface BandwidthRate {
  average?: number;
  peak?: number;
  floor?: number;
  burst?: number;
}

/** virNetDevBandwidth */
export interface Bandwidth {
  /** Only in network ports: the traffic class within the network's bridge. */
  classID?: number;
  inbound?: BandwidthRate;
  outbound?: BandwidthRate;
}

const unsupported = (detail: string): LibvirtError =>
  new LibvirtError(ErrorCode.CONFIG_UNSUPPORTED, ErrorDomain.NONE, detail);
const detailed = (detail: string): LibvirtError => new LibvirtError(ErrorCode.XML_DETAIL, ErrorDomain.NONE, detail);

const rateField = (name: string): ReturnType<typeof attr<number>> =>
  attr(ulong as Scalar<number>, {
    invalid: (value) => unsupported(`could not convert bandwidth ${name} value '${value}'`),
  });

const rate = (name: 'inbound' | 'outbound') =>
  elementOf<BandwidthRate>(
    name,
    { average: rateField('average'), peak: rateField('peak'), floor: rateField('floor'), burst: rateField('burst') },
    {
      after(model) {
        if (model.average === undefined && model.floor === undefined)
          throw detailed('Missing mandatory average or floor attributes');
        if (model.average === undefined && (model.peak !== undefined || model.burst !== undefined))
          throw unsupported("'peak' and 'burst' require 'average' attribute");
        if (model.floor && name === 'outbound')
          throw unsupported("'floor' attribute allowed only in <inbound> element");
      },
      // Zero means no limit, and a rate without average or floor is none.
      before: ({ average, peak, floor, burst }) =>
        average || floor
          ? ({
              average: average || undefined,
              peak: peak || undefined,
              floor: floor || undefined,
              burst: burst || undefined,
            } as BandwidthRate)
          : undefined,
    },
  );

const CLASS_ID = /^[ \t\n]*\+?[0-9]+$/;

/** What a place of use allows besides. */
export interface BandwidthContext extends ConfContext {
  readonly bandwidth?: { readonly classID?: boolean; readonly floor?: boolean };
}

export const bandwidth = elementOf<Bandwidth>(
  'bandwidth',
  {
    classID: custom<number>({
      reason: 'allowed in some places only; written only where it is not zero',
      covers: { attributes: ['classID'] },
      decode(node, context) {
        const text = node.attrs.classID;
        if (text === undefined) return undefined;
        if ((context as BandwidthContext).bandwidth?.classID !== true)
          throw detailed('classID attribute not supported on <bandwidth> in this usage context');
        if (!CLASS_ID.test(text) || Number(text) > 0xffffffff)
          throw new LibvirtError(ErrorCode.INTERNAL_ERROR, ErrorDomain.NONE, `Unable to parse class id '${text}'`);
        return Number(text);
      },
      attrs: (value) => (value === 0 ? '' : ` classID='${value}'`),
    }),
    inbound: child(rate('inbound')),
    outbound: child(rate('outbound')),
  },
  {
    keepOpen: true,
    after(model, node: XmlNode, context) {
      for (const name of ['inbound', 'outbound'])
        if (childrenOf(node, name).length > 1) throw detailed(`Only one child <${name}> element allowed`);
      if (model.inbound?.floor && (context as BandwidthContext).bandwidth?.floor !== true)
        throw unsupported('floor attribute is not supported for this config');
    },
    before: (model) => (model.inbound || model.outbound ? model : undefined),
  },
);
