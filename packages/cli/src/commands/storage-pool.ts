import type { StoragePool } from '@virtkit/core';
import { escapeXml } from '@virtkit/core/conf';
import {
  ConnectListAllStoragePoolsFlags as List,
  StoragePoolBuildFlags,
  StoragePoolCreateFlags,
  StoragePoolState,
  StorageXMLFlags,
} from '@virtkit/core/util';
import type { Call } from '../call.js';
import { commands, type OptionTable } from '../command.js';
import { facts, lines, listed, plain, said, textOf } from '../output/output.js';
import { prettySize } from '../output/units.js';
import { UsageError } from '../output/usage-error.js';
import { constantName } from '../state-names.js';
import { act, activity, autostart, dump, fact, type Kind, make } from './object-commands.js';

const kind: Kind<StoragePool> = {
  group: 'Storage pools',
  prefix: 'pool',
  arg: 'pool',
  title: 'Pool',
  document: 'storagePool',
  get: (call) => call.pool(),
  nameOf: ({ name }) => name,
};
const pool = commands(kind.group);

const BUILD: OptionTable = {
  '--build': [StoragePoolCreateFlags.WITH_BUILD, 'build the pool first'],
  '--overwrite': [StoragePoolCreateFlags.WITH_BUILD_OVERWRITE, 'overwrite data that is there'],
  '--no-overwrite': [StoragePoolCreateFlags.WITH_BUILD_NO_OVERWRITE, 'refuse if data is there'],
};
const SOURCE: OptionTable = {
  '--source-host <host>': 'host of the source',
  '--source-path <path>': 'folder on it',
  '--source-dev <device>': 'device',
  '--source-name <name>': 'name, for example of a volume group',
  '--source-format <format>': 'format',
  '--source-initiator <iqn>': 'initiator IQN',
  '--source-protocol-ver <number>': 'version of NFS',
  '--auth-type <type>': 'type of authentication',
  '--auth-username <user>': 'user',
  '--secret-usage <usage>': 'secret, by usage',
  '--secret-uuid <uuid>': 'secret, by UUID',
  '--adapter-name <name>': 'adapter, by name',
  '--adapter-wwnn <wwnn>': 'adapter, by WWNN',
  '--adapter-wwpn <wwpn>': 'adapter, by WWPN',
  '--adapter-parent <device>': 'parent of the adapter',
  '--target <path>': 'where its volumes appear',
  '--print-xml': 'print the XML, do nothing',
};

/** ` name='value'`, or nothing. */
const attr = (name: string, value: string | undefined): string =>
  value === undefined ? '' : ` ${name}='${escapeXml(value)}'`;

/** The XML that the options of the `-as` commands describe. */
function poolXml(call: Call): string {
  const option = (name: string): string | undefined => call.option(name);
  const source = [
    option('source-host') && `    <host${attr('name', option('source-host'))}/>`,
    option('source-path') && `    <dir${attr('path', option('source-path'))}/>`,
    option('source-dev') && `    <device${attr('path', option('source-dev'))}/>`,
    (option('adapter-wwnn') ?? option('adapter-name')) &&
      `    <adapter${attr('type', option('adapter-wwnn') === undefined ? 'scsi_host' : 'fc_host')}${attr('name', option('adapter-name'))}${attr('parent', option('adapter-parent'))}${attr('wwnn', option('adapter-wwnn'))}${attr('wwpn', option('adapter-wwpn'))}/>`,
    option('source-initiator') && `    <initiator><iqn${attr('name', option('source-initiator'))}/></initiator>`,
    option('auth-type') &&
      `    <auth${attr('type', option('auth-type'))}${attr('username', option('auth-username'))}>\n      <secret${attr('usage', option('secret-usage'))}${attr('uuid', option('secret-uuid'))}/>\n    </auth>`,
    option('source-name') && `    <name>${escapeXml(option('source-name')!)}</name>`,
    option('source-format') && `    <format${attr('type', option('source-format'))}/>`,
    option('source-protocol-ver') && `    <protocol${attr('ver', option('source-protocol-ver'))}/>`,
  ].filter((line) => line !== undefined);
  return [
    `<pool${attr('type', call.arg('type'))}>`,
    `  <name>${escapeXml(call.arg('name'))}</name>`,
    ...(source.length > 0 ? ['  <source>', ...source, '  </source>'] : []),
    ...(option('target') === undefined
      ? []
      : [`  <target>\n    <path>${escapeXml(option('target')!)}</path>\n  </target>`]),
    '</pool>\n',
  ].join('\n');
}

async function info(one: StoragePool) {
  const details = await one.getInfo();
  const on = await one.getAutostart().catch(() => null);
  return {
    one,
    ...details,
    active: await one.isActive(),
    persistent: await one.isPersistent(),
    autostart: on,
    autostartText: on === null ? 'no autostart' : textOf(on),
    stateText: constantName(StoragePoolState, details.state),
  };
}

export const STORAGE_POOL = [
  pool(
    'pool-list',
    'List storage pools: those that are active, without options',
    {
      options: {
        '--inactive': 'list inactive pools',
        '--all': 'list inactive and active pools',
        '--transient': [List.TRANSIENT, 'only transient pools'],
        '--persistent': [List.PERSISTENT, 'only persistent pools'],
        '--autostart': [List.AUTOSTART, 'only pools with autostart'],
        '--no-autostart': [List.NO_AUTOSTART, 'only pools without autostart'],
        '--type <types>': 'only of these types, with commas',
        '--details': 'with sizes',
        '--uuid': 'print UUIDs',
        '--name': 'print names',
      },
    },
    async (call) => {
      const connect = await call.connect();
      let flags = activity(call, List) | call.flags;
      for (const type of call.option('type')?.split(',') ?? []) {
        const bit = (List as Readonly<Record<string, number>>)[type.toUpperCase().replaceAll('-', '_')];
        if (bit === undefined || bit < List.DIR) throw new UsageError(`--type: '${type}' is no type of storage pool`);
        flags |= bit;
      }
      const pools = [...(await call.attempt('list pools', connect.listAllStoragePools(flags)))];
      pools.sort((a, b) => (a.name < b.name ? -1 : 1));
      if (call.has('uuid')) return lines(pools.map(({ uuid }) => uuid));
      if (call.has('name')) return lines(pools.map(({ name }) => name));
      const rows = await Promise.all(pools.map(info));
      const details = call.has('details');
      const size = (key: 'capacity' | 'allocation' | 'available', title: string) => ({
        title,
        key,
        value: (row: (typeof rows)[number]) => (row.active ? row[key] : null),
        text: (row: (typeof rows)[number]) => (row.active ? prettySize(row[key]) : '-'),
        hidden: !details,
      });
      return listed(rows, [
        { title: 'Name', key: 'name', value: ({ one }) => one.name },
        { title: 'UUID', key: 'uuid', value: ({ one }) => one.uuid, hidden: true },
        {
          title: 'State',
          key: 'state',
          value: ({ stateText }) => stateText,
          text: ({ active, stateText }) => (details ? stateText : active ? 'active' : 'inactive'),
        },
        { title: 'Autostart', key: 'autostart', value: (row) => row.autostart, text: (row) => row.autostartText },
        { title: 'Persistent', key: 'persistent', value: ({ persistent }) => persistent, hidden: !details },
        size('capacity', 'Capacity'),
        size('allocation', 'Allocation'),
        size('available', 'Available'),
      ]);
    },
  ),
  pool(
    'pool-info',
    'Show the basic facts of a storage pool',
    { args: '<pool>', options: { '--bytes': 'sizes in bytes' } },
    async (call) => {
      const row = await info(await call.pool());
      const size = (bytes: bigint): string => (call.has('bytes') ? String(bytes) : prettySize(bytes));
      const running = row.state === StoragePoolState.RUNNING || row.state === StoragePoolState.DEGRADED;
      return facts([
        ['Name', 'name', row.one.name],
        ['UUID', 'uuid', row.one.uuid],
        ['State', 'state', row.stateText],
        ['Persistent', 'persistent', row.persistent],
        ['Autostart', 'autostart', row.autostart, row.autostartText],
        ...(running
          ? ([
              ['Capacity', 'capacity', row.capacity, size(row.capacity)],
              ['Allocation', 'allocation', row.allocation, size(row.allocation)],
              ['Available', 'available', row.available, size(row.available)],
            ] as const)
          : []),
      ]);
    },
  ),
  make(kind, 'define', 'Define a storage pool from a file, or change its definition', 'defined', async (xml, call) =>
    (await call.connect()).storagePoolDefineXML(xml),
  ),
  make(
    kind,
    'create',
    'Create and start a transient storage pool from a file',
    'created',
    async (xml, call) => (await call.connect()).storagePoolCreateXML(xml, call.flags),
    BUILD,
  ),
  pool(
    'pool-define-as',
    'Define a storage pool from options',
    { args: '<name> <type>', options: SOURCE },
    async (call) => {
      const xml = poolXml(call);
      if (call.has('print-xml')) return plain(xml, 'xml');
      const one = await call.attempt(
        `define pool ${call.arg('name')}`,
        (await call.connect()).storagePoolDefineXML(xml),
      );
      return said(`Pool ${one.name} defined`, { pool: one.name, uuid: one.uuid });
    },
  ),
  pool(
    'pool-create-as',
    'Create and start a transient storage pool from options',
    { args: '<name> <type>', options: { ...SOURCE, ...BUILD } },
    async (call) => {
      const xml = poolXml(call);
      if (call.has('print-xml')) return plain(xml, 'xml');
      const one = await call.attempt(
        `create pool ${call.arg('name')}`,
        (await call.connect()).storagePoolCreateXML(xml, call.flags),
      );
      return said(`Pool ${one.name} created`, { pool: one.name, uuid: one.uuid });
    },
  ),
  act(
    kind,
    'start',
    'Start a storage pool that is defined and inactive',
    'started',
    (one, call) => one.create(call.flags),
    BUILD,
  ),
  act(
    kind,
    'build',
    'Build what a storage pool stands on, for example its folder',
    'built',
    (one, call) => one.build(call.flags),
    {
      '--overwrite': [StoragePoolBuildFlags.OVERWRITE, 'overwrite data that is there'],
      '--no-overwrite': [StoragePoolBuildFlags.NO_OVERWRITE, 'refuse if data is there'],
    },
  ),
  act(kind, 'destroy', 'Stop a storage pool; its data stays', 'destroyed', (one) => one.destroy()),
  act(kind, 'delete', 'Delete what a storage pool stands on, with its data', 'deleted', (one) => one.delete()),
  act(kind, 'refresh', 'Look anew at the volumes of a storage pool', 'refreshed', (one) => one.refresh()),
  act(kind, 'undefine', 'Remove the definition of a storage pool; its data stays', 'has been undefined', (one) =>
    one.undefine(),
  ),
  autostart(kind),
  dump(kind, (one, call) => one.getXMLDesc(call.flags), {
    '--inactive': [StorageXMLFlags.INACTIVE, 'the definition for its next start'],
  }),
  fact(kind, 'name', "Print a storage pool's name", ({ name }) => name),
  fact(kind, 'uuid', "Print a storage pool's UUID", ({ uuid }) => uuid),
  pool('pool-capabilities', 'Show which types of storage pools there are', {}, async (call) =>
    plain(await (await call.connect()).getStoragePoolCapabilities(), 'xml'),
  ),
  pool('find-storage-pool-sources', 'Find sources of storage pools', { args: '<type> [file]' }, async (call) => {
    const file = call.optionalArg('file');
    const spec = file === undefined ? null : await call.text(file);
    return plain(await (await call.connect()).findStoragePoolSources(call.arg('type'), spec), 'xml');
  }),
  pool(
    'find-storage-pool-sources-as',
    'Find sources of storage pools on a host',
    { args: '<type> [host] [port]', options: { '--initiator <iqn>': 'initiator IQN' } },
    async (call) => {
      const host = call.optionalArg('host');
      const iqn = call.option('initiator');
      const spec =
        host === undefined
          ? null
          : `<source>\n  <host${attr('name', host)}${attr('port', call.optionalArg('port'))}/>\n${iqn === undefined ? '' : `  <initiator><iqn${attr('name', iqn)}/></initiator>\n`}</source>\n`;
      return plain(await (await call.connect()).findStoragePoolSources(call.arg('type'), spec), 'xml');
    },
  ),
];
