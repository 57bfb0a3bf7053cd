import { call, type ProcedureTable } from '../procedure.js';
import { int, list, nwfilter, nwfilterBinding, string, uint, uuid } from '../types.js';

/** Network filters and bindings. */
export const nwfilterProcedures = {
  nwfilterLookupByName: call(175, 'high', { name: string }, { nwfilter: nwfilter }, ['nwfilter:getattr']),
  nwfilterLookupByUUID: call(176, 'high', { uuid: uuid }, { nwfilter: nwfilter }, ['nwfilter:getattr']),
  nwfilterGetXMLDesc: call(177, 'high', { nwfilter: nwfilter, flags: uint }, { xml: string }, ['nwfilter:read']),
  connectNumOfNWFilters: call(178, 'high', null, { num: int }, ['connect:search_nwfilters'], {
    filter: 'nwfilter:getattr',
  }),
  connectListNWFilters: call(
    179,
    'high',
    { maxnames: int },
    { names: list(string, 16384) },
    ['connect:search_nwfilters'],
    { filter: 'nwfilter:getattr' },
  ),
  nwfilterDefineXML: call(180, 'high', { xml: string }, { nwfilter: nwfilter }, ['nwfilter:write', 'nwfilter:save']),
  nwfilterUndefine: call(181, 'high', { nwfilter: nwfilter }, null, ['nwfilter:delete']),
  connectListAllNWFilters: call(
    286,
    'high',
    { needResults: int, flags: uint },
    { filters: list(nwfilter, 16384), ret: uint },
    ['connect:search_nwfilters'],
    { filter: 'nwfilter:getattr' },
  ),
  nwfilterBindingLookupByPortDev: call(397, 'high', { name: string }, { nwfilter: nwfilterBinding }, [
    'nwfilter_binding:getattr',
  ]),
  nwfilterBindingGetXMLDesc: call(398, 'high', { nwfilter: nwfilterBinding, flags: uint }, { xml: string }, [
    'nwfilter_binding:read',
  ]),
  nwfilterBindingCreateXML: call(399, 'high', { xml: string, flags: uint }, { nwfilter: nwfilterBinding }, [
    'nwfilter_binding:create',
  ]),
  nwfilterBindingDelete: call(400, 'high', { nwfilter: nwfilterBinding }, null, ['nwfilter_binding:delete']),
  connectListAllNWFilterBindings: call(
    401,
    'high',
    { needResults: int, flags: uint },
    { bindings: list(nwfilterBinding, 16384), ret: uint },
    ['connect:search_nwfilter_bindings'],
    { filter: 'nwfilter_binding:getattr' },
  ),
  nwfilterDefineXMLFlags: call(431, 'high', { xml: string, flags: uint }, { nwfilter: nwfilter }, [
    'nwfilter:write',
    'nwfilter:save',
  ]),
} satisfies ProcedureTable;
