import { childOf, escapeXml, readXml } from '@virtkit/core/conf';
import {
  DomainCheckpointCreateFlags as Create,
  DomainCheckpointDeleteFlags as Delete,
  DomainCheckpointListFlags as List,
  DomainCheckpointXMLFlags as Xml,
} from '@virtkit/core/util';
import { commands } from '../command.js';
import { document } from '../output/document.js';
import { facts, lines, listed, plain, said } from '../output/output.js';
import type { Call } from '../call.js';
import type { DomainCheckpoint } from '@virtkit/core';

const checkpoint = commands('Checkpoints and backups');

async function chosen(call: Call): Promise<DomainCheckpoint> {
  const name = call.arg('checkpointname');
  return call.attempt(`get checkpoint '${name}'`, (await call.domain()).checkpointLookupByName(name));
}
const CHOSEN = '<domain> <checkpointname>';

export const CHECKPOINT = [
  checkpoint(
    'checkpoint-create',
    'Make a checkpoint of a domain, described by an XML file or not at all',
    {
      args: '<domain> [xmlfile]',
      options: {
        '--redefine': [Create.REDEFINE, 'bring back the metadata of a checkpoint that is there'],
        '--redefine-validate': [Create.REDEFINE_VALIDATE, 'and see that it fits'],
        '--quiesce': [Create.QUIESCE, 'have the guest agent quiesce file systems'],
      },
    },
    async (call) => {
      const domain = await call.domain();
      const file = call.optionalArg('xmlfile');
      const xml = file === undefined ? '<domaincheckpoint/>' : await call.document('domainCheckpoint', file);
      const { name } = await call.attempt('create checkpoint', domain.checkpointCreateXML(xml, call.flags));
      return said(`Domain checkpoint ${name} created`, { domain: domain.name, checkpoint: name });
    },
  ),
  checkpoint(
    'checkpoint-create-as',
    'Make a checkpoint of a domain, described by options',
    {
      args: '<domain> [name] [description]',
      options: {
        '--print-xml': 'print the XML, do nothing',
        '--quiesce': [Create.QUIESCE, 'have the guest agent quiesce file systems'],
      },
    },
    async (call) => {
      const part = (tag: string, text: string | undefined): string =>
        text === undefined ? '' : `  <${tag}>${escapeXml(text)}</${tag}>\n`;
      const xml = `<domaincheckpoint>\n${part('name', call.optionalArg('name'))}${part('description', call.optionalArg('description'))}</domaincheckpoint>\n`;
      if (call.has('print-xml')) return plain(xml, 'xml');
      const domain = await call.domain();
      const { name } = await call.attempt('create checkpoint', domain.checkpointCreateXML(xml, call.flags));
      return said(`Domain checkpoint ${name} created`, { domain: domain.name, checkpoint: name });
    },
  ),
  checkpoint(
    'checkpoint-list',
    'List the checkpoints of a domain',
    {
      args: '<domain>',
      options: {
        '--roots': [List.ROOTS, 'only those without parent'],
        '--leaves': [List.LEAVES, 'only those without children'],
        '--no-leaves': [List.NO_LEAVES, 'only those with children'],
        '--topological': [List.TOPOLOGICAL, 'parents before their children'],
        '--name': 'print names',
      },
    },
    async (call) => {
      const all = await call.attempt('list checkpoints', (await call.domain()).listAllCheckpoints(call.flags));
      if (call.has('name')) return lines(all.map(({ name }) => name));
      const rows = await Promise.all(
        all.map(async (one) => ({
          one,
          time: Number(childOf(readXml(await one.getXMLDesc(Xml.NO_DOMAIN)), 'creationTime')?.text ?? 0),
        })),
      );
      return listed(rows, [
        { title: 'Name', key: 'name', value: ({ one }) => one.name },
        {
          title: 'Creation Time',
          key: 'creationTime',
          value: ({ time }) => time,
          text: ({ time }) => new Date(time * 1000).toISOString(),
        },
      ]);
    },
  ),
  checkpoint('checkpoint-info', 'Show the basic facts of a checkpoint', { args: CHOSEN }, async (call) => {
    const one = await chosen(call);
    const root = readXml(await one.getXMLDesc(Xml.NO_DOMAIN));
    const parent = childOf(root, 'parent');
    return facts([
      ['Name', 'name', one.name],
      ['Domain', 'domain', one.ref.dom.name],
      ['Parent', 'parent', parent === undefined ? null : (childOf(parent, 'name')?.text ?? null)],
      ['Children', 'children', (await one.listAllChildren(0)).length],
      ['Descendants', 'descendants', (await one.listAllChildren(List.DESCENDANTS)).length],
    ]);
  }),
  checkpoint(
    'checkpoint-dumpxml',
    'Print the XML of a checkpoint',
    {
      args: CHOSEN,
      options: {
        '--security-info': [Xml.SECURE, 'with passwords'],
        '--no-domain': [Xml.NO_DOMAIN, 'without the domain'],
        '--size': [Xml.SIZE, 'with how much changed since'],
      },
    },
    async (call) => document('domainCheckpoint', await (await chosen(call)).getXMLDesc(call.flags)),
  ),
  checkpoint('checkpoint-parent', 'Print the parent of a checkpoint', { args: CHOSEN }, async (call) =>
    lines([(await (await chosen(call)).getParent()).name]),
  ),
  checkpoint(
    'checkpoint-delete',
    'Delete a checkpoint',
    {
      args: CHOSEN,
      options: {
        '--children': [Delete.CHILDREN, 'and its children'],
        '--children-only': [Delete.CHILDREN_ONLY, 'its children alone'],
        '--metadata': [Delete.METADATA_ONLY, 'only what is known of it'],
      },
    },
    async (call) => {
      const one = await chosen(call);
      await call.attempt(`delete checkpoint ${one.name}`, one.delete(call.flags));
      return said(`Domain checkpoint ${one.name} deleted`, { checkpoint: one.name });
    },
  ),
  checkpoint(
    'backup-begin',
    'Begin a backup of the disks of a domain',
    { args: '<domain> [backupxml] [checkpointxml]', options: { '--reuse-external': [1, 'use files that are there'] } },
    async (call) => {
      const domain = await call.domain();
      const backup = call.optionalArg('backupxml');
      const point = call.optionalArg('checkpointxml');
      await call.attempt(
        'begin backup',
        domain.backupBegin(
          backup === undefined ? '<domainbackup/>' : await call.document('domainBackup', backup),
          point === undefined ? null : await call.document('domainCheckpoint', point),
          call.flags,
        ),
      );
      return said('Backup started', { domain: domain.name });
    },
  ),
  checkpoint('backup-dumpxml', 'Print the XML of the backup that runs', { args: '<domain>' }, async (call) =>
    document('domainBackup', await (await call.domain()).backupGetXMLDesc()),
  ),
];
