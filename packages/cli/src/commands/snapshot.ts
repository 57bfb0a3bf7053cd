import type { DomainSnapshot } from '@virtkit/core';
import { childOf, escapeXml, readXml } from '@virtkit/core/conf';
import {
  DomainSnapshotCreateFlags as Create,
  DomainSnapshotDeleteFlags as Delete,
  DomainSnapshotListFlags as List,
  DomainSnapshotRevertFlags as Revert,
  DomainXMLFlags,
} from '@virtkit/core/util';
import type { Call } from '../call.js';
import { commands, type OptionTable } from '../command.js';
import { document } from '../output/document.js';
import { facts, lines, listed, plain, said } from '../output/output.js';
import { UsageError } from '../output/usage-error.js';

const snapshot = commands('Snapshots');

const CREATE: OptionTable = {
  '--no-metadata': [Create.NO_METADATA, 'take it and forget it'],
  '--halt': [Create.HALT, 'stop the domain afterwards'],
  '--disk-only': [Create.DISK_ONLY, 'of the disks alone'],
  '--reuse-external': [Create.REUSE_EXT, 'use files that are there'],
  '--quiesce': [Create.QUIESCE, 'have the guest agent quiesce file systems'],
  '--atomic': [Create.ATOMIC, 'all or nothing'],
  '--live': [Create.LIVE, 'while the guest runs'],
};

/** Facts that only a snapshot's XML has. */
async function read(one: DomainSnapshot) {
  const root = readXml(await one.getXMLDesc());
  const text = (name: string): string | null => childOf(root, name)?.text ?? null;
  const seconds = Number(text('creationTime') ?? 0);
  const parent = childOf(root, 'parent');
  const memory = childOf(root, 'memory')?.attrs['snapshot'];
  const external = memory === 'external' || text('state') === 'disk-snapshot';
  return {
    one,
    seconds,
    state: text('state') ?? '',
    parent: parent === undefined ? null : (childOf(parent, 'name')?.text ?? null),
    external,
  };
}

/** `2026-11-21 10:00:00 +0000` */
function zonedTime(seconds: number): string {
  const date = new Date(seconds * 1000);
  const two = (value: number): string => String(Math.trunc(Math.abs(value))).padStart(2, '0');
  const offset = -date.getTimezoneOffset();
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())} ${offset < 0 ? '-' : '+'}${two(offset / 60)}${two(offset % 60)}`;
}

/** The named snapshot, or the current one with `--current`. */
async function chosen(call: Call): Promise<DomainSnapshot> {
  const domain = await call.domain();
  const name = call.optionalArg('snapshotname');
  if (name !== undefined) return call.attempt(`get snapshot '${name}'`, domain.snapshotLookupByName(name));
  if (!call.has('current')) throw new UsageError('--snapshotname or --current is required');
  return domain.snapshotCurrent();
}
const CHOSEN = { args: '<domain> [snapshotname]', options: { '--current': 'the current snapshot' } } as const;

async function create(call: Call, xml: string) {
  const domain = await call.domain();
  const one = await call.attempt(
    `create snapshot of domain '${domain.name}'`,
    domain.snapshotCreateXML(xml, call.flags),
  );
  return said(`Domain snapshot ${one.name} created`, { domain: domain.name, snapshot: one.name });
}

export const SNAPSHOT = [
  snapshot(
    'snapshot-create',
    'Take a snapshot of a domain, described by a file or not at all',
    {
      args: '<domain> [xmlfile]',
      options: {
        ...CREATE,
        '--redefine': [Create.REDEFINE, 'bring back the metadata of a snapshot that is there'],
        '--current': [Create.CURRENT, 'with --redefine: make it the current one'],
        '--validate': [Create.VALIDATE, 'validate the XML against the schema'],
      },
    },
    async (call) => {
      const file = call.optionalArg('xmlfile');
      return create(call, file === undefined ? '<domainsnapshot/>' : await call.document('domainSnapshot', file));
    },
  ),
  snapshot(
    'snapshot-create-as',
    'Take a snapshot of a domain, described by options',
    {
      args: '<domain> [name] [description]',
      options: {
        ...CREATE,
        '--print-xml': 'print the XML, do nothing',
        '--memspec <spec>': 'memory: [file=]name[,snapshot=type]',
        '--diskspec <spec>': 'disk: name[,snapshot=type][,driver=type][,file=path]; several with semicolons',
      },
    },
    async (call) => {
      const name = call.optionalArg('name');
      const description = call.optionalArg('description');
      const attr = (key: string, value: string | undefined): string =>
        value === undefined ? '' : ` ${key}='${escapeXml(value)}'`;
      const parse = (spec: string): { readonly first: string; readonly rest: ReadonlyMap<string, string> } => {
        const [first = '', ...rest] = spec.split(',');
        return { first, rest: new Map(rest.map((part) => [part.split('=')[0]!, part.slice(part.indexOf('=') + 1)])) };
      };
      const memory = call.option('memspec');
      const disks = call.option('diskspec')?.split(';') ?? [];
      const xml = [
        '<domainsnapshot>',
        ...(name === undefined ? [] : [`  <name>${escapeXml(name)}</name>`]),
        ...(description === undefined ? [] : [`  <description>${escapeXml(description)}</description>`]),
        ...(memory === undefined
          ? []
          : [
              `  <memory${attr('file', parse(memory).first.replace(/^file=/, ''))}${attr('snapshot', parse(memory).rest.get('snapshot'))}/>`,
            ]),
        ...(disks.length === 0 ? [] : ['  <disks>']),
        ...disks.map((spec) => {
          const { first, rest } = parse(spec);
          const inner = `${rest.has('driver') ? `\n      <driver${attr('type', rest.get('driver'))}/>` : ''}${rest.has('file') ? `\n      <source${attr('file', rest.get('file'))}/>` : ''}`;
          const head = `    <disk${attr('name', first)}${attr('snapshot', rest.get('snapshot'))}`;
          return inner === '' ? `${head}/>` : `${head}>${inner}\n    </disk>`;
        }),
        ...(disks.length === 0 ? [] : ['  </disks>']),
        '</domainsnapshot>\n',
      ].join('\n');
      return call.has('print-xml') ? plain(xml, 'xml') : create(call, xml);
    },
  ),
  snapshot(
    'snapshot-list',
    'List the snapshots of a domain',
    {
      args: '<domain>',
      options: {
        '--parent': 'with their parents',
        '--roots': [List.ROOTS, 'only those without parent'],
        '--leaves': [List.LEAVES, 'only those without children'],
        '--no-leaves': [List.NO_LEAVES, 'only those with children'],
        '--metadata': [List.METADATA, 'only those with metadata'],
        '--no-metadata': [List.NO_METADATA, 'only those without metadata'],
        '--inactive': [List.INACTIVE, 'only of the domain shut off'],
        '--active': [List.ACTIVE, 'only of the running domain'],
        '--disk-only': [List.DISK_ONLY, 'only of disks alone'],
        '--internal': [List.INTERNAL, 'only internal ones'],
        '--external': [List.EXTERNAL, 'only external ones'],
        '--topological': [List.TOPOLOGICAL, 'parents before their children'],
        '--from <snapshot>': 'only children of this one',
        '--descendants': 'with --from: their children as well',
        '--name': 'print names',
        '--tree': 'as a tree',
      },
    },
    async (call) => {
      const domain = await call.domain();
      const from = call.option('from');
      const all =
        from === undefined
          ? await call.attempt('list snapshots', domain.listAllSnapshots(call.flags))
          : await (
              await domain.snapshotLookupByName(from)
            ).listAllChildren(call.flags | (call.has('descendants') ? List.DESCENDANTS : 0));
      const rows = await Promise.all(all.map(read));
      if (!call.has('topological')) rows.sort((a, b) => (a.one.name < b.one.name ? -1 : 1));
      if (call.has('tree')) {
        const draw = (parent: string | null, indent: string): string[] =>
          rows
            .filter((row) => row.parent === parent)
            .flatMap(({ one }) => [`${indent}|`, `${indent}+- ${one.name}`, ...draw(one.name, `${indent}|   `)]);
        const roots = rows.filter((row) => !rows.some(({ one }) => one.name === row.parent));
        return {
          json: rows.map(({ one, parent }) => ({ name: one.name, parent })),
          text: () => roots.map(({ one }) => [one.name, ...draw(one.name, '  '), ''].join('\n')).join('\n'),
        };
      }
      if (call.has('name')) return lines(rows.map(({ one }) => one.name));
      return listed(rows, [
        { title: 'Name', key: 'name', value: ({ one }) => one.name },
        {
          title: 'Creation Time',
          key: 'creationTime',
          value: ({ seconds }) => seconds,
          text: ({ seconds }) => zonedTime(seconds),
        },
        { title: 'State', key: 'state', value: ({ state }) => state },
        { title: 'Parent', key: 'parent', value: ({ parent }) => parent, hidden: !call.has('parent') },
      ]);
    },
  ),
  snapshot('snapshot-info', 'Show the basic facts of a snapshot', CHOSEN, async (call) => {
    const { one, state, parent, external } = await read(await chosen(call));
    const children = (await one.listAllChildren(0)).length;
    const descendants = (await one.listAllChildren(List.DESCENDANTS)).length;
    return facts([
      ['Name', 'name', one.name],
      ['Domain', 'domain', one.ref.dom.name],
      ['Current', 'current', await one.isCurrent()],
      ['State', 'state', state],
      ['Location', 'location', external ? 'external' : 'internal'],
      ['Parent', 'parent', parent],
      ['Children', 'children', children],
      ['Descendants', 'descendants', descendants],
      ['Metadata', 'metadata', await one.hasMetadata()],
    ]);
  }),
  snapshot(
    'snapshot-current',
    'Print the current snapshot of a domain, or make one current',
    {
      args: '<domain> [snapshotname]',
      options: { '--name': 'print its name', '--security-info': [DomainXMLFlags.SECURE, 'with passwords'] },
    },
    async (call) => {
      const domain = await call.domain();
      const name = call.optionalArg('snapshotname');
      if (name !== undefined) {
        const xml = await (await domain.snapshotLookupByName(name)).getXMLDesc(DomainXMLFlags.SECURE);
        await call.attempt(
          `make snapshot '${name}' current`,
          domain.snapshotCreateXML(xml, Create.REDEFINE | Create.CURRENT),
        );
        return said(`Snapshot ${name} set as current`, { domain: domain.name, snapshot: name });
      }
      const current = await domain.snapshotCurrent();
      return call.has('name')
        ? lines([current.name])
        : document('domainSnapshot', await current.getXMLDesc(call.flags));
    },
  ),
  snapshot(
    'snapshot-dumpxml',
    'Print the XML of a snapshot',
    { args: '<domain> <snapshotname>', options: { '--security-info': [DomainXMLFlags.SECURE, 'with passwords'] } },
    async (call) => document('domainSnapshot', await (await chosen(call)).getXMLDesc(call.flags)),
  ),
  snapshot('snapshot-parent', 'Print the parent of a snapshot', CHOSEN, async (call) =>
    lines([(await (await chosen(call)).getParent()).name]),
  ),
  snapshot(
    'snapshot-revert',
    'Bring a domain back to a snapshot',
    {
      ...CHOSEN,
      options: {
        ...CHOSEN.options,
        '--running': [Revert.RUNNING, 'let it run'],
        '--paused': [Revert.PAUSED, 'leave it paused'],
        '--force': [Revert.FORCE, 'also where this loses what cannot be brought back'],
        '--reset-nvram': [Revert.RESET_NVRAM, 'reset NVRAM to its template'],
      },
    },
    async (call) => {
      const one = await chosen(call);
      await call.attempt(`revert snapshot ${one.name}`, one.domainRevertToSnapshot(call.flags));
      return said(`Domain snapshot ${one.name} reverted`, { domain: one.ref.dom.name, snapshot: one.name });
    },
  ),
  snapshot(
    'snapshot-delete',
    'Delete a snapshot',
    {
      ...CHOSEN,
      options: {
        ...CHOSEN.options,
        '--children': [Delete.CHILDREN, 'and its children'],
        '--children-only': [Delete.CHILDREN_ONLY, 'its children alone'],
        '--metadata': [Delete.METADATA_ONLY, 'only what is known of it'],
      },
    },
    async (call) => {
      const one = await chosen(call);
      await call.attempt(`delete snapshot ${one.name}`, one.delete(call.flags));
      const what = call.has('children-only') ? 'children deleted' : 'deleted';
      return said(`Domain snapshot ${one.name} ${what}`, { domain: one.ref.dom.name, snapshot: one.name });
    },
  ),
];
