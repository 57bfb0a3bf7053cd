import type { NWFilter } from '@virtkit/core';
import { commands } from '../command.js';
import { document } from '../output/document.js';
import { listed, said } from '../output/output.js';
import { act, dump, type Kind, make } from './object-commands.js';

const kind: Kind<NWFilter> = {
  group: 'Network filters',
  prefix: 'nwfilter',
  arg: 'nwfilter',
  title: 'Network filter',
  document: 'nwfilter',
  get: (call) => call.nwfilter(),
  nameOf: ({ name }) => name,
};
const filter = commands(kind.group);

export const NWFILTER = [
  filter('nwfilter-list', 'List network filters', {}, async (call) => {
    const filters = [...(await call.attempt('list network filters', (await call.connect()).listAllNWFilters()))];
    filters.sort((a, b) => (a.name < b.name ? -1 : 1));
    return listed(filters, [
      { title: 'UUID', key: 'uuid', value: ({ uuid }) => uuid },
      { title: 'Name', key: 'name', value: ({ name }) => name },
    ]);
  }),
  make(kind, 'define', 'Define a network filter from a file, or change it', 'defined', async (xml, call) =>
    (await call.connect()).nwfilterDefineXML(xml),
  ),
  act(kind, 'undefine', 'Remove a network filter', 'undefined', (one) => one.undefine()),
  dump(kind, (one) => one.getXMLDesc()),
  filter('nwfilter-binding-list', 'List which ports have which filters', {}, async (call) => {
    const bindings = [
      ...(await call.attempt('list network filter bindings', (await call.connect()).listAllNWFilterBindings())),
    ];
    return listed(bindings, [
      { title: 'Port Dev', key: 'portDev', value: ({ ref }) => ref.portdev },
      { title: 'Filter', key: 'filter', value: ({ ref }) => ref.filtername },
    ]);
  }),
  filter('nwfilter-binding-create', 'Give a port a filter, from a file', { args: '<file>' }, async (call) => {
    const xml = await call.document('nwfilterBinding');
    const { ref } = await call.attempt(
      `create network filter from ${call.arg('file')}`,
      (await call.connect()).nwfilterBindingCreateXML(xml),
    );
    return said(`Network filter binding on ${ref.portdev} created from ${call.arg('file')}`, { portDev: ref.portdev });
  }),
  filter('nwfilter-binding-dumpxml', 'Print the XML of a binding', { args: '<portdev>' }, async (call) =>
    document(
      'nwfilterBinding',
      await (await (await call.connect()).nwfilterBindingLookupByPortDev(call.arg('portdev'))).getXMLDesc(),
    ),
  ),
  filter('nwfilter-binding-delete', 'Take the filter away from a port', { args: '<portdev>' }, async (call) => {
    const binding = await (await call.connect()).nwfilterBindingLookupByPortDev(call.arg('portdev'));
    await call.attempt(`delete network filter binding ${binding.ref.portdev}`, binding.delete());
    return said(`Network filter binding on ${binding.ref.portdev} deleted`, { portDev: binding.ref.portdev });
  }),
];
