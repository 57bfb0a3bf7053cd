import type { Network } from '@virtkit/core';
import {
  ConnectListAllNetworksFlags as List,
  IPAddrType,
  NetworkUpdateCommand,
  NetworkUpdateFlags,
  NetworkUpdateSection,
  NetworkXMLFlags,
} from '@virtkit/core/util';
import { commands } from '../command.js';
import { document } from '../output/document.js';
import { facts, lines, listed, said, textOf } from '../output/output.js';
import { UsageError } from '../output/usage-error.js';
import { act, activity, autostart, dump, fact, type Kind, make } from './object-commands.js';

const kind: Kind<Network> = {
  group: 'Networks',
  prefix: 'net',
  arg: 'network',
  title: 'Network',
  document: 'network',
  get: (call) => call.network(),
  nameOf: ({ name }) => name,
};
const network = commands(kind.group);

/** A constant by its command-line name, `add-last` for ADD_LAST. */
function constant(table: Readonly<Record<string, number>>, text: string, what: string): number {
  const value = table[text.toUpperCase().replaceAll('-', '_')];
  if (value !== undefined && value !== 0) return value;
  const names = Object.keys(table)
    .slice(1)
    .map((name) => name.toLowerCase().replaceAll('_', '-'));
  throw new UsageError(`${what}: '${text}' is none of ${names.join(', ')}`);
}

export const NETWORK = [
  network(
    'net-list',
    'List networks: those that are active, without options',
    {
      options: {
        '--inactive': 'list inactive networks',
        '--all': 'list inactive and active networks',
        '--persistent': [List.PERSISTENT, 'only persistent networks'],
        '--transient': [List.TRANSIENT, 'only transient networks'],
        '--autostart': [List.AUTOSTART, 'only networks with autostart'],
        '--no-autostart': [List.NO_AUTOSTART, 'only networks without autostart'],
        '--uuid': 'print UUIDs',
        '--name': 'print names',
        '--table': 'print a table (the default)',
      },
    },
    async (call) => {
      const connect = await call.connect();
      const networks = [
        ...(await call.attempt('list networks', connect.listAllNetworks(activity(call, List) | call.flags))),
      ];
      networks.sort((a, b) => (a.name < b.name ? -1 : 1));
      if (call.has('uuid')) return lines(networks.map(({ uuid }) => uuid));
      if (call.has('name')) return lines(networks.map(({ name }) => name));
      const rows = await Promise.all(
        networks.map(async (one) => ({
          one,
          active: await one.isActive(),
          autostart: await one.getAutostart().catch(() => null),
          persistent: await one.isPersistent(),
        })),
      );
      return listed(rows, [
        { title: 'Name', key: 'name', value: ({ one }) => one.name },
        { title: 'UUID', key: 'uuid', value: ({ one }) => one.uuid, hidden: true },
        { title: 'State', key: 'state', value: ({ active }) => (active ? 'active' : 'inactive') },
        {
          title: 'Autostart',
          key: 'autostart',
          value: ({ autostart: on }) => on,
          text: ({ autostart: on }) => (on === null ? 'no autostart' : textOf(on)),
        },
        { title: 'Persistent', key: 'persistent', value: ({ persistent }) => persistent },
      ]);
    },
  ),
  network('net-info', 'Show the basic facts of a network', { args: '<network>' }, async (call) => {
    const one = await call.network();
    const on = await one.getAutostart().catch(() => null);
    const bridge = await one.getBridgeName().catch(() => null);
    return facts([
      ['Name', 'name', one.name],
      ['UUID', 'uuid', one.uuid],
      ['Active', 'active', await one.isActive()],
      ['Persistent', 'persistent', await one.isPersistent()],
      ['Autostart', 'autostart', on, on === null ? 'no autostart' : textOf(on)],
      ...(bridge === null ? [] : ([['Bridge', 'bridge', bridge]] as const)),
    ]);
  }),
  make(kind, 'define', 'Define a network from a file, or change its definition', 'defined', async (xml, call) =>
    (await call.connect()).networkDefineXML(xml),
  ),
  make(kind, 'create', 'Create and start a transient network from a file', 'created', async (xml, call) =>
    (await call.connect()).networkCreateXML(xml),
  ),
  act(kind, 'start', 'Start a network that is defined and inactive', 'started', (one) => one.create()),
  act(kind, 'destroy', 'Stop a network', 'destroyed', (one) => one.destroy()),
  act(kind, 'undefine', 'Remove the definition of a network', 'has been undefined', (one) => one.undefine()),
  autostart(kind),
  dump(kind, (one, call) => one.getXMLDesc(call.flags), {
    '--inactive': [NetworkXMLFlags.INACTIVE, 'the definition for its next start'],
  }),
  fact(kind, 'name', "Print a network's name", ({ name }) => name),
  fact(kind, 'uuid', "Print a network's UUID", ({ uuid }) => uuid),
  network(
    'net-update',
    'Change a part of a network',
    {
      args: '<network> <command> <section> <xml>',
      options: {
        '--parent-index <number>': 'which of several parents, from 0',
        '--live': [NetworkUpdateFlags.LIVE, 'the running network'],
        '--config': [NetworkUpdateFlags.CONFIG, 'its next start'],
        '--current': 'what it is now (the default)',
      },
    },
    async (call) => {
      const one = await call.network();
      const command = constant(
        { ...NetworkUpdateCommand, ADD: NetworkUpdateCommand.ADD_LAST },
        call.arg('command'),
        '<command>',
      );
      const section = constant(NetworkUpdateSection, call.arg('section'), '<section>');
      // As in virsh: XML as it is, or a file that has it.
      const given = call.arg('xml');
      const xml = given.trimStart().startsWith('<') ? given : await call.text(given);
      await call.attempt(
        `update network ${one.name}`,
        one.update(command, section, call.integer('parent-index') ?? -1, xml, call.flags),
      );
      return said(`Updated network ${one.name}`, { network: one.name });
    },
  ),
  network('net-dhcp-leases', 'List the DHCP leases of a network', { args: '<network> [mac]' }, async (call) => {
    const one = await call.network();
    const leases = await call.attempt(
      `get leases info for ${one.name}`,
      one.getDHCPLeases(call.optionalArg('mac') ?? null),
    );
    return listed(leases, [
      {
        title: 'Expiry Time',
        key: 'expiryTime',
        value: (lease) => lease.expirytime,
        text: (lease) => localTime(lease.expirytime),
      },
      { title: 'MAC address', key: 'mac', value: (lease) => lease.mac },
      { title: 'Protocol', key: 'protocol', value: (lease) => (lease.type === IPAddrType.IPV6 ? 'ipv6' : 'ipv4') },
      {
        title: 'IP address',
        key: 'address',
        value: (lease) => `${lease.ipaddr}/${lease.prefix}`,
      },
      { title: 'Hostname', key: 'hostname', value: (lease) => lease.hostname },
      { title: 'Client ID or DUID', key: 'clientId', value: (lease) => lease.clientid },
    ]);
  }),
  network(
    'net-port-list',
    'List the ports of a network',
    { args: '<network>', options: { '--uuid': 'print UUIDs', '--table': 'print a table (the default)' } },
    async (call) => {
      const ports = await (await call.network()).listAllPorts();
      if (call.has('uuid')) return lines(ports.map(({ uuid }) => uuid));
      return listed(ports, [{ title: 'UUID', key: 'uuid', value: ({ uuid }) => uuid }]);
    },
  ),
  network('net-port-create', 'Create a port of a network from a file', { args: '<network> <file>' }, async (call) => {
    const one = await call.network();
    const port = await call.attempt(
      `create network port from ${call.arg('file')}`,
      one.portCreateXML(await call.document('networkPort')),
    );
    return said(`Network port ${port.uuid} created from ${call.arg('file')}`, { network: one.name, port: port.uuid });
  }),
  network('net-port-dumpxml', 'Print the XML of a port', { args: '<network> <port>' }, async (call) =>
    document('networkPort', await (await (await call.network()).portLookupByUUID(call.arg('port'))).getXMLDesc()),
  ),
  network('net-port-delete', 'Delete a port of a network', { args: '<network> <port>' }, async (call) => {
    const port = await (await call.network()).portLookupByUUID(call.arg('port'));
    await call.attempt(`delete network port ${port.uuid}`, port.delete());
    return said(`Network port ${port.uuid} deleted`, { port: port.uuid });
  }),
];

/** Seconds since the epoch as `2026-11-21 10:00:00`. */
function localTime(seconds: bigint | number): string {
  const date = new Date(Number(seconds) * 1000);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}
