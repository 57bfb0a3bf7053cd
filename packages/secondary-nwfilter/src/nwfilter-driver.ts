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
  type ConnectionFactory,
  type ConnectionUri,
  type DriverConnection,
  inject,
  injectable,
  type InjectionToken,
  type NWFilterBindingRef,
  type NWFilterDriver,
  type NWFilterRef,
  ScopedStates,
  scopeOfUri,
  STATE_SERVICES,
  type StateServices,
  withFlagChecks,
} from '@virtkit/core/driver';
import { ErrorDomain, NWFilterBindingCreateFlags, NWFilterDefineFlags } from '@virtkit/core/util';
import { FilterList } from './filter-list.js';

/** Host scope: the filters of all scopes. */
export const FILTER_STATES: InjectionToken<FilterStates> = Symbol.for('@virtkit/secondary-nwfilter:FilterStates');

@injectable()
export class FilterStates extends ScopedStates<FilterList> {
  constructor(@inject(STATE_SERVICES) services: StateServices) {
    super(services, {
      name: 'nwfilter',
      domain: ErrorDomain.NWFILTER,
      create: (own) => new FilterList(own),
    });
  }
}

const ACCEPTED = {
  nwfilterDefineXMLFlags: NWFilterDefineFlags.VALIDATE,
  nwfilterBindingCreateXML: NWFilterBindingCreateFlags.VALIDATE,
};

/** Opens nwfilter:///system, nwfilter:///session and nwfilter:///embed?root=DIR. */
@injectable()
export class FilterConnectionFactory implements ConnectionFactory {
  constructor(@inject(FILTER_STATES) private readonly states: FilterStates) {}

  async connectOpen(uri: ConnectionUri): Promise<DriverConnection> {
    const list = await this.states.state(scopeOfUri(uri, ErrorDomain.NWFILTER));
    return { nwfilter: withFlagChecks(filterTable(list), ACCEPTED, ErrorDomain.NWFILTER) };
  }
}

const refOf = ({ name, uuid }: NwfilterDef): NWFilterRef => ({ name, uuid });
const bindingRef = ({ portdev, filterref }: NwfilterBindingDef): NWFilterBindingRef => ({
  portdev: portdev.name,
  filtername: filterref.filter,
});

function filterTable(list: FilterList): NWFilterDriver {
  return {
    connectNumOfNWFilters: () => list.all().length,
    connectListNWFilters: () => list.all().map(({ name }) => name),
    connectListAllNWFilters: () => list.all().map(refOf),
    nwfilterLookupByName: (name) => refOf(list.byName(name)),
    nwfilterLookupByUUID: (uuid) => refOf(list.byUuid(uuid)),
    nwfilterDefineXML: async (xml) => refOf(await list.define(parseNwfilter(xml))),
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
