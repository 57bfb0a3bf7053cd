import type { Interface } from '@virtkit/core';
import { escapeXml } from '@virtkit/core/conf';
import { ConnectListAllInterfacesFlags as List, InterfaceXMLFlags } from '@virtkit/core/util';
import { commands } from '../command.js';
import { UsageError } from '../output/usage-error.js';
import { lines, listed, said } from '../output/output.js';
import { act, activity, dump, type Kind, make } from './object-commands.js';

const kind: Kind<Interface> = {
  group: 'Host interfaces',
  prefix: 'iface',
  arg: 'interface',
  title: 'Interface',
  document: 'interface',
  get: (call) => call.interface(),
  nameOf: ({ name }) => name,
};
const iface = commands(kind.group);

export const INTERFACE = [
  iface(
    'iface-list',
    "List the host's interfaces: those that are active, without options",
    { options: { '--inactive': 'list inactive interfaces', '--all': 'list inactive and active interfaces' } },
    async (call) => {
      const interfaces = [
        ...(await call.attempt('list interfaces', (await call.connect()).listAllInterfaces(activity(call, List)))),
      ];
      interfaces.sort((a, b) => (a.name < b.name ? -1 : 1));
      const rows = await Promise.all(interfaces.map(async (one) => ({ one, active: await one.isActive() })));
      return listed(rows, [
        { title: 'Name', key: 'name', value: ({ one }) => one.name },
        { title: 'State', key: 'state', value: ({ active }) => (active ? 'active' : 'inactive') },
        { title: 'MAC Address', key: 'mac', value: ({ one }) => one.mac },
      ]);
    },
  ),
  iface('iface-name', 'Print the name of the interface with a MAC address', { args: '<interface>' }, async (call) =>
    lines([(await call.interface()).name]),
  ),
  iface('iface-mac', 'Print the MAC address of an interface', { args: '<interface>' }, async (call) =>
    lines([(await call.interface()).mac]),
  ),
  make(kind, 'define', 'Define an interface from a file, or change it', 'defined', async (xml, call) =>
    (await call.connect()).interfaceDefineXML(xml),
  ),
  act(kind, 'start', 'Start an interface', 'started', (one) => one.create()),
  act(kind, 'destroy', 'Stop an interface', 'destroyed', (one) => one.destroy()),
  act(kind, 'undefine', 'Remove the definition of an interface', 'undefined', (one) => one.undefine()),
  dump(kind, (one, call) => one.getXMLDesc(call.flags), {
    '--inactive': [InterfaceXMLFlags.INACTIVE, 'the definition for its next start'],
  }),
  iface('iface-begin', 'Remember the interfaces as they are, to come back to', {}, async (call) => {
    await call.attempt('begin network config change transaction', (await call.connect()).interfaceChangeBegin());
    return said('Network config change transaction started');
  }),
  iface('iface-commit', 'Keep the changes since iface-begin', {}, async (call) => {
    await call.attempt('commit network config change transaction', (await call.connect()).interfaceChangeCommit());
    return said('Network config change transaction committed');
  }),
  iface('iface-rollback', 'Come back to the interfaces as they were at iface-begin', {}, async (call) => {
    await call.attempt('rollback network config change transaction', (await call.connect()).interfaceChangeRollback());
    return said('Network config change transaction rolled back');
  }),
  iface(
    'iface-unbridge',
    'Take a bridge away and leave the one interface that is in it',
    { args: '<bridge>', options: { '--no-start': 'do not start the interface' } },
    async (call) => {
      const bridge = await (await call.connect()).interfaceLookupByName(call.arg('bridge'));
      const xml = await bridge.getXMLDesc(InterfaceXMLFlags.INACTIVE);
      const inner = [...xml.matchAll(/^ *<interface [\s\S]*?(?:\/>|<\/interface>)/gm)].filter(({ index }) => index > 0);
      if (inner.length !== 1)
        throw new UsageError(`bridge ${bridge.name} has ${inner.length} interfaces: only one can take its place`);
      const [device = ''] = inner[0]!;
      const protocols = [...xml.matchAll(/\n *<protocol[\s\S]*?<\/protocol>/g)].map(([text]) => text).join('');
      const start = /\n *<start [^>]*\/>/.exec(xml)?.[0] ?? '';
      const name = /name=['"]([^'"]+)['"]/.exec(device)?.[1] ?? '';
      const alone = device
        .trim()
        .replace(/^(<interface[^>]*?)\/?>/, (_, head: string) => `${head}>${start}${protocols}\n`);
      const whole = alone.endsWith('</interface>') ? alone : `${alone}</interface>`;
      if (await bridge.isActive()) await call.attempt(`stop bridge interface ${bridge.name}`, bridge.destroy());
      await call.attempt(`undefine bridge interface ${bridge.name}`, bridge.undefine());
      const made = await call.attempt(`define new interface ${name}`, bridge.connect.interfaceDefineXML(`${whole}\n`));
      if (!call.has('no-start')) await call.attempt(`start interface ${name}`, made.create());
      return said(`Device ${name} un-attached from bridge ${bridge.name}`, { bridge: bridge.name, interface: name });
    },
  ),
  iface(
    'iface-bridge',
    'Make a bridge and put an interface into it',
    { args: '<interface> <bridge>', options: { '--no-start': 'do not start it', '--no-stp': 'without spanning tree' } },
    async (call) => {
      const one = await call.interface();
      const xml = await one.getXMLDesc(InterfaceXMLFlags.INACTIVE);
      const bridge = call.arg('bridge');
      // The protocol elements (addresses) move to the bridge, the rest of the interface goes inside it.
      const protocols = [...xml.matchAll(/\s*<protocol[\s\S]*?<\/protocol>/g)].map(([text]) => text).join('');
      const start = /\s*<start [^>]*\/>/.exec(xml)?.[0] ?? '';
      const inner = xml.replace(protocols, '').replace(start, '').trim().replace(/^/gm, '    ');
      const outer = `<interface type='bridge' name='${escapeXml(bridge)}'>${start}${protocols}\n  <bridge stp='${call.has('no-stp') ? 'off' : 'on'}' delay='0'>\n${inner}\n  </bridge>\n</interface>\n`;
      const made = await call.attempt(`define new bridge interface ${bridge}`, one.connect.interfaceDefineXML(outer));
      if (!call.has('no-start')) await call.attempt(`start bridge interface ${bridge}`, made.create());
      return said(`Created bridge ${bridge} with attached device ${one.name}`, { bridge, interface: one.name });
    },
  ),
];
