import { ErrorCode, ErrorDomain, LibvirtError, parseUuid } from '../../util/index.js';
import {
  attr,
  child,
  type ConfContext,
  confContext,
  elementOf,
  formatDocument,
  mac,
  nonEmpty,
  parseDocument,
  part,
  refined,
  req,
  reqChild,
  reqLeaf,
  str,
} from '../xml/index.js';
import { nwfilterRef, type NwfilterRef } from './filter-ref.js';

/** virNWFilterBindingDef: which filter applies to which port. */
export interface NwfilterBindingDef {
  owner: { name: string; uuid: string };
  portdev: { name: string };
  linkdev?: { name?: string };
  mac: { address: string };
  filterref: NwfilterRef;
}

const problem = (detail: string) => (): LibvirtError =>
  new LibvirtError(ErrorCode.INTERNAL_ERROR, ErrorDomain.NWFILTER, detail);

const noPort = problem('filter binding has no port dev name');
const noMac = problem('filter binding has no MAC address');
const noFilter = problem('filter binding has no filter reference');
const noOwner = problem('filter binding has no owner name');
const noUuid = problem('filter binding has no owner UUID');

export const nwfilterBinding = elementOf<NwfilterBindingDef>(
  'filterbinding',
  {
    owner: reqChild(
      part('owner', {
        name: reqLeaf(nonEmpty, { missing: noOwner, invalid: noOwner }),
        uuid: reqLeaf(refined(str, parseUuid), {
          missing: noUuid,
          invalid: (value) => (value === '' ? noUuid() : problem(`Unable to parse UUID '${value}'`)()),
        }),
      }),
      { missing: noOwner },
    ),
    portdev: reqChild(part('portdev', { name: req(nonEmpty, { missing: noPort, invalid: noPort }) }), {
      missing: noPort,
    }),
    linkdev: child(part('linkdev', { name: attr(str) }, { omitEmpty: true })),
    mac: reqChild(
      part('mac', {
        address: req(mac, {
          missing: noMac,
          invalid: (value) => problem(`Unable to parse MAC '${value}'`)(),
        }),
      }),
      { missing: noMac },
    ),
    filterref: reqChild(nwfilterRef, { missing: noFilter }),
  },
  {
    after(model) {
      if (model.filterref.filter === '') throw noFilter();
    },
  },
);

/** virNWFilterBindingDefParse */
export const parseNwfilterBinding = (text: string, context: ConfContext = confContext()): NwfilterBindingDef =>
  parseDocument(nwfilterBinding, text, context);

/** virNWFilterBindingDefFormat */
export const formatNwfilterBinding = (def: NwfilterBindingDef, context: ConfContext = confContext()): string =>
  formatDocument(nwfilterBinding, def, context);
