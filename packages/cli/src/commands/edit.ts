import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import {
  DomainCheckpointCreateFlags,
  DomainCheckpointXMLFlags,
  DomainSnapshotCreateFlags,
  DomainXMLFlags,
  LibvirtError,
} from '@virtkit/core/util';
import type { Call } from '../call.js';
import { commands, type CommandSpec } from '../command.js';
import { document } from '../output/document.js';
import { said } from '../output/output.js';

/** What an edit command edits. */
interface Subject {
  /** `Domain 'web' XML configuration`: begins the sentences. */
  readonly what: string;
  read(): Promise<string>;
  /** Defines the edited XML. */
  write(xml: string): Promise<unknown>;
}

async function runEditor(file: string): Promise<void> {
  const editor = process.env['VISUAL'] ?? process.env['EDITOR'] ?? 'vi';
  // An editor with arguments (`code --wait`) is split at blanks; no shell sees it.
  const [program = 'vi', ...args] = editor.split(' ').filter((word) => word !== '');
  await new Promise<void>((resolve, reject) => {
    const child = spawn(program, [...args, file], { stdio: 'inherit' });
    child.once('error', (error) =>
      reject(new Error(`cannot run the editor '${editor}': ${error.message} (set EDITOR)`)),
    );
    child.once('close', (status) =>
      status === 0 ? resolve() : reject(new Error(`the editor '${editor}' failed with status ${status}`)),
    );
  });
}

/** Edits until the XML is accepted, or the user gives up: what was typed is never lost to a mistake. */
async function edit(call: Call, name: string, { what, read, write }: Subject) {
  const before = await read();
  const folder = await mkdtemp(join(tmpdir(), 'virtkit-edit-'));
  const file = join(folder, `${name}.xml`);
  try {
    await writeFile(file, before, { mode: 0o600 });
    for (;;) {
      await runEditor(file);
      const after = await readFile(file, 'utf8');
      if (after === before) return said(`${what} not changed`, { changed: false });
      if ((await read()) !== before) throw new Error(`${what} was changed by somebody else meanwhile: edit it again`);
      try {
        await write(after);
        return said(`${what} edited`, { changed: true });
      } catch (error) {
        if (!process.stdin.isTTY || !LibvirtError.is(error)) throw error;
        console.error(`error: ${error.message}`);
        const reader = createInterface({ input: process.stdin, output: process.stderr });
        const answer = await reader.question('Failed. Try again? [y,n] ', { signal: call.signal });
        reader.close();
        if (!/^y/i.test(answer.trim())) throw error;
      }
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function editCommand(
  name: string,
  group: string,
  what: string,
  args: string,
  subject: (call: Call) => Promise<Subject & { name: string }>,
): CommandSpec {
  return commands(group)(name, `Edit the XML of a ${what} and define it anew`, { args }, async (call) => {
    const found = await subject(call);
    return edit(call, found.name, found);
  });
}

const SECURE_INACTIVE = DomainXMLFlags.SECURE | DomainXMLFlags.INACTIVE;
const image = commands('Saved domains');

export const EDIT = [
  editCommand('edit', 'Domains', 'domain', '<domain>', async (call) => {
    const one = await call.domain();
    return {
      name: one.name,
      what: `Domain '${one.name}' XML configuration`,
      read: () => one.getXMLDesc(SECURE_INACTIVE),
      write: (xml) => one.connect.domainDefineXML(xml),
    };
  }),
  editCommand('net-edit', 'Networks', 'network', '<network>', async (call) => {
    const one = await call.network();
    return {
      name: one.name,
      what: `Network ${one.name} XML configuration`,
      read: () => one.getXMLDesc(1),
      write: (xml) => one.connect.networkDefineXML(xml),
    };
  }),
  editCommand('pool-edit', 'Storage pools', 'storage pool', '<pool>', async (call) => {
    const one = await call.pool();
    return {
      name: one.name,
      what: `Pool ${one.name} XML configuration`,
      read: () => one.getXMLDesc(1),
      write: (xml) => one.connect.storagePoolDefineXML(xml),
    };
  }),
  editCommand('iface-edit', 'Host interfaces', 'host interface', '<interface>', async (call) => {
    const one = await call.interface();
    return {
      name: one.name,
      what: `Interface ${one.name} XML configuration`,
      read: () => one.getXMLDesc(1),
      write: (xml) => one.connect.interfaceDefineXML(xml),
    };
  }),
  editCommand('nwfilter-edit', 'Network filters', 'network filter', '<nwfilter>', async (call) => {
    const one = await call.nwfilter();
    return {
      name: one.name,
      what: `Network filter ${one.name} XML configuration`,
      read: () => one.getXMLDesc(),
      write: (xml) => one.connect.nwfilterDefineXML(xml),
    };
  }),
  editCommand('snapshot-edit', 'Snapshots', 'snapshot', '<domain> <snapshotname>', async (call) => {
    const domain = await call.domain();
    const one = await domain.snapshotLookupByName(call.arg('snapshotname'));
    return {
      name: one.name,
      what: `Snapshot ${one.name} XML configuration`,
      read: () => one.getXMLDesc(DomainXMLFlags.SECURE),
      write: (xml) => domain.snapshotCreateXML(xml, DomainSnapshotCreateFlags.REDEFINE),
    };
  }),
  editCommand('checkpoint-edit', 'Checkpoints and backups', 'checkpoint', '<domain> <checkpointname>', async (call) => {
    const domain = await call.domain();
    const one = await domain.checkpointLookupByName(call.arg('checkpointname'));
    return {
      name: one.name,
      what: `Checkpoint ${one.name} XML configuration`,
      read: () => one.getXMLDesc(DomainCheckpointXMLFlags.SECURE),
      write: (xml) => domain.checkpointCreateXML(xml, DomainCheckpointCreateFlags.REDEFINE),
    };
  }),
  editCommand('managedsave-edit', 'Saved domains', 'managed save image', '<domain>', async (call) => {
    const one = await call.domain();
    return {
      name: one.name,
      what: `Managed save image of domain '${one.name}' XML configuration`,
      read: () => one.managedSaveGetXMLDesc(DomainXMLFlags.SECURE),
      write: (xml) => one.managedSaveDefineXML(xml),
    };
  }),
  editCommand('save-image-edit', 'Saved domains', 'saved domain', '<file>', async (call) => {
    const connect = await call.connect();
    const file = call.arg('file');
    return {
      name: 'saved',
      what: `Saved image ${file} XML configuration`,
      read: () => connect.domainSaveImageGetXMLDesc(file, 1),
      write: (xml) => connect.domainSaveImageDefineXML(file, xml),
    };
  }),
  image(
    'managedsave-dumpxml',
    'Print the XML of a managed save image',
    { args: '<domain>', options: { '--security-info': [DomainXMLFlags.SECURE, 'with passwords'] } },
    async (call) => document('domain', await (await call.domain()).managedSaveGetXMLDesc(call.flags)),
  ),
  image(
    'managedsave-define',
    'Change the XML of a managed save image',
    {
      args: '<domain> <xml>',
      options: { '--running': [2, 'it runs at its next start'], '--paused': [4, 'it is paused at its next start'] },
    },
    async (call) => {
      const one = await call.domain();
      await call.attempt(
        `update ${call.arg('xml')}`,
        one.managedSaveDefineXML(await call.document('domain', call.arg('xml')), call.flags),
      );
      return said(`Managed save state file of domain '${one.name}' updated.`, { domain: one.name });
    },
  ),
  image(
    'save-image-dumpxml',
    'Print the XML of a saved domain',
    { args: '<file>', options: { '--security-info': [1, 'with passwords'] } },
    async (call) =>
      document('domain', await (await call.connect()).domainSaveImageGetXMLDesc(call.arg('file'), call.flags)),
  ),
  image(
    'save-image-define',
    'Change the XML of a saved domain',
    {
      args: '<file> <xml>',
      options: { '--running': [2, 'it runs when restored'], '--paused': [4, 'it is paused when restored'] },
    },
    async (call) => {
      await call.attempt(
        `update ${call.arg('file')}`,
        (await call.connect()).domainSaveImageDefineXML(
          call.arg('file'),
          await call.document('domain', call.arg('xml')),
          call.flags,
        ),
      );
      return said(`State file ${call.arg('file')} updated.`, { file: call.arg('file') });
    },
  ),
];
