import type { NodeDevice } from '@virtkit/core';
import { ConnectListAllNodeDeviceFlags as List } from '@virtkit/core/util';
import { commands } from '../command.js';
import { facts, lines } from '../output/output.js';
import { UsageError } from '../output/usage-error.js';
import { act, autostart, dump, type Kind, make } from './object-commands.js';

const kind: Kind<NodeDevice> = {
  group: 'Host devices',
  prefix: 'nodedev',
  arg: 'device',
  title: 'Device',
  document: 'nodeDevice',
  get: (call) => call.nodeDevice(),
  nameOf: ({ name }) => name,
};
const device = commands(kind.group);

const CAPS: Readonly<Record<string, number>> = Object.fromEntries(
  Object.entries(List).flatMap(([name, bit]) =>
    name.startsWith('CAP_')
      ? [
          [
            name
              .slice(4)
              .toLowerCase()
              .replace(/^(pci|usb|ccw|css)_dev$/, '$1'),
            bit,
          ],
        ]
      : [],
  ),
);

/** Devices below their parents, as `nodedev-list --tree` draws them. */
async function tree(devices: readonly NodeDevice[]): Promise<string> {
  const children = new Map<string | null, string[]>();
  const known = new Set(devices.map(({ name }) => name));
  for (const one of devices) {
    const parent = await one.getParent().catch(() => null);
    const key = parent !== null && known.has(parent) ? parent : null;
    children.set(key, [...(children.get(key) ?? []), one.name]);
  }
  const draw = (name: string, indent: string): string[] =>
    (children.get(name) ?? [])
      .sort()
      .flatMap((child) => [`${indent}|`, `${indent}+- ${child}`, ...draw(child, `${indent}|   `)]);
  return (children.get(null) ?? [])
    .sort()
    .map((name) => [name, ...draw(name, '  ')].join('\n'))
    .join('\n\n');
}

export const NODE_DEVICE = [
  device(
    'nodedev-list',
    'List the devices of the host',
    {
      options: {
        '--tree': 'as a tree',
        '--cap <names>': 'only with these capabilities, with commas',
        '--inactive': 'only inactive devices',
        '--all': 'inactive and active devices',
      },
    },
    async (call) => {
      let flags = 0;
      for (const name of call.option('cap')?.split(',') ?? []) {
        const bit = CAPS[name.replaceAll('-', '_')];
        if (bit === undefined) throw new UsageError(`--cap: '${name}' is none of ${Object.keys(CAPS).join(', ')}`);
        flags |= bit;
      }
      if (call.has('inactive')) flags |= List.INACTIVE;
      else if (call.has('all')) flags |= List.INACTIVE | List.ACTIVE;
      const devices = [
        ...(await call.attempt('list node devices', (await call.connect()).listAllNodeDevices(flags >>> 0))),
      ];
      devices.sort((a, b) => (a.name < b.name ? -1 : 1));
      const names = devices.map(({ name }) => name);
      if (!call.has('tree')) return lines(names);
      const drawn = await tree(devices);
      return { json: names, text: () => `${drawn}\n` };
    },
  ),
  dump(kind, (one, call) => one.getXMLDesc(call.flags)),
  device('nodedev-info', 'Show the basic facts of a device', { args: '<device>' }, async (call) => {
    const one = await call.nodeDevice();
    return facts([
      ['Name', 'name', one.name],
      ['Parent', 'parent', await one.getParent()],
      ['Active', 'active', await one.isActive()],
      ['Persistent', 'persistent', await one.isPersistent()],
      ['Autostart', 'autostart', await one.getAutostart()],
    ]);
  }),
  make({ ...kind, title: 'Node device' }, 'create', 'Create a device from a file', 'created', async (xml, call) =>
    (await call.connect()).nodeDeviceCreateXML(xml),
  ),
  make({ ...kind, title: 'Node device' }, 'define', 'Define a device from a file', 'defined', async (xml, call) =>
    (await call.connect()).nodeDeviceDefineXML(xml),
  ),
  act(kind, 'start', 'Start a device that is defined', 'started', (one) => one.create()),
  act({ ...kind, title: 'Destroyed node device' }, 'destroy', 'Destroy a device', '', (one) => one.destroy()),
  act({ ...kind, title: 'Undefined node device' }, 'undefine', 'Remove the definition of a device', '', (one) =>
    one.undefine(),
  ),
  act(
    kind,
    'detach',
    'Take a device away from its driver, for a guest',
    'detached',
    (one, call) => {
      const driver = call.option('driver');
      return driver === undefined ? one.dettach() : one.detachFlags(driver);
    },
    { '--driver <name>': 'driver to give it to' },
  ),
  act(kind, 'reattach', 'Give a device back to its driver', 're-attached', (one) => one.reAttach()),
  act(kind, 'reset', 'Reset a device', 'reset', (one) => one.reset()),
  autostart(kind),
];
