import {
  formatNwfilter,
  formatNwfilterBinding,
  type NwfilterBindingDef,
  type NwfilterDef,
  nwfilter,
  nwfilterBinding,
  parseNwfilter,
  parseNwfilterBinding,
  validateDocument,
} from '@virtkit/core/conf';
import {
  type DriverConnection,
  type NWFilterBindingRef,
  type NWFilterDriver,
  type NWFilterRef,
  withFlagChecks,
} from '@virtkit/core/driver';
import { ErrorDomain, NWFilterBindingCreateFlags, NWFilterDefineFlags } from '@virtkit/core/util';
import type { FilterList } from './filter-list.js';

const ACCEPTED = {
  nwfilterDefineXMLFlags: NWFilterDefineFlags.VALIDATE,
  nwfilterBindingCreateXML: NWFilterBindingCreateFlags.VALIDATE,
};

/** The tables of a connection to one scope. */
export const filterConnection = (list: FilterList): DriverConnection => ({
  nwfilter: withFlagChecks(filterTable(list), ACCEPTED, ErrorDomain.NWFILTER),
});

const refOf = ({ name, uuid }: NwfilterDef): NWFilterRef => ({ name, uuid });
const bindingRef = ({ portdev, filterref }: NwfilterBindingDef): NWFilterBindingRef => ({
  portdev: portdev.name,
  filtername: filterref.filter,
});

function filterTable(list: FilterList): NWFilterDriver {
  return {
    connectListAllNWFilters: () => list.all().map(refOf),
    nwfilterLookupByName: (name) => refOf(list.byName(name)),
    nwfilterLookupByUUID: (uuid) => refOf(list.byUuid(uuid)),
    async nwfilterDefineXMLFlags(xml, flags) {
      if ((flags & NWFilterDefineFlags.VALIDATE) !== 0) await validateDocument('nwfilter', nwfilter, xml);
      return refOf(await list.define(parseNwfilter(xml)));
    },
    nwfilterUndefine: ({ uuid, name }) => list.undefine(uuid, name),
    nwfilterGetXMLDesc: ({ uuid, name }) => formatNwfilter(list.byUuid(uuid, name)),
    connectListAllNWFilterBindings: () => list.bindings().map(bindingRef),
    nwfilterBindingLookupByPortDev: (port) => bindingRef(list.binding(port)),
    async nwfilterBindingCreateXML(xml, flags) {
      if ((flags & NWFilterBindingCreateFlags.VALIDATE) !== 0)
        await validateDocument('nwfilterbinding', nwfilterBinding, xml);
      return bindingRef(await list.bind(parseNwfilterBinding(xml)));
    },
    nwfilterBindingDelete: ({ portdev }) => list.unbind(portdev),
    nwfilterBindingGetXMLDesc: ({ portdev }) => formatNwfilterBinding(list.binding(portdev)),
  };
}
