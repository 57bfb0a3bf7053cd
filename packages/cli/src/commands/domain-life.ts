import type { Domain } from '@virtkit/core';
import {
  DomainCreateFlags,
  DomainDefineFlags,
  DomainDestroyFlagsValues,
  DomainSaveRestoreFlags,
  DomainShutdownFlagValues,
  DomainUndefineFlagsValues,
  DomainXMLFlags,
  ErrorCode,
  LibvirtError,
  StorageVolDeleteFlags,
} from '@virtkit/core/util';
import type { Call } from '../call.js';
import { commands, type CommandSpec, type OptionTable } from '../command.js';
import { attachConsole } from '../console.js';
import { disksOf } from '../domain-xml.js';
import { said } from '../output/output.js';
import { UsageError } from '../output/usage-error.js';

const domain = commands('Domains');

/** A command that does one thing to one domain. */
function verb(
  name: string,
  summary: string,
  did: string,
  act: (domain: Domain, call: Call) => Promise<unknown>,
  options: OptionTable = {},
): CommandSpec {
  return domain(name, summary, { args: '<domain>', options }, async (call) => {
    const one = await call.domain();
    await call.attempt(`${name.replaceAll('-', ' ')} domain '${one.name}'`, act(one, call));
    return said(`Domain '${one.name}' ${did}`, { domain: one.name, uuid: one.uuid });
  });
}

const MODES: Readonly<Record<string, number>> = {
  acpi: DomainShutdownFlagValues.ACPI_POWER_BTN,
  agent: DomainShutdownFlagValues.GUEST_AGENT,
  initctl: DomainShutdownFlagValues.INITCTL,
  signal: DomainShutdownFlagValues.SIGNAL,
  paravirt: DomainShutdownFlagValues.PARAVIRT,
};

/** `--mode acpi,agent`: the bits are the same for shutdown and reboot. */
function modeFlags(call: Call): number {
  let flags = 0;
  for (const mode of (call.option('mode') ?? '').split(',').filter((word) => word !== '')) {
    const bit = MODES[mode];
    if (bit === undefined) throw new UsageError(`--mode: '${mode}' is none of ${Object.keys(MODES).join(', ')}`);
    flags |= bit;
  }
  return flags;
}
const MODE: OptionTable = {
  '--mode <mode>': `how to ask the guest: ${Object.keys(MODES).join('|')}, or several with commas`,
};

const START: OptionTable = {
  '--console': 'attach to the console after the start',
  '--paused': [DomainCreateFlags.START_PAUSED, 'leave the guest paused'],
  '--autodestroy': [DomainCreateFlags.START_AUTODESTROY, 'destroy the guest when the connection ends'],
  '--bypass-cache': [DomainCreateFlags.START_BYPASS_CACHE, 'avoid the file system cache when loading'],
  '--validate': [DomainCreateFlags.START_VALIDATE, 'validate the XML against the schema'],
  '--reset-nvram': [DomainCreateFlags.START_RESET_NVRAM, 'reset NVRAM to its template'],
};

export const DOMAIN_LIFE = [
  domain(
    'define',
    'Define a domain from a file, or change its definition, without starting it',
    { args: '<file>', options: { '--validate': [DomainDefineFlags.VALIDATE, 'validate the XML against the schema'] } },
    async (call) => {
      const xml = await call.document('domain');
      const connect = await call.connect();
      const one = await call.attempt(
        `define domain from ${call.arg('file')}`,
        call.flags === 0 ? connect.domainDefineXML(xml) : connect.domainDefineXMLFlags(xml, call.flags),
      );
      return said(`Domain '${one.name}' defined from ${call.arg('file')}`, { domain: one.name, uuid: one.uuid });
    },
  ),
  domain(
    'create',
    'Create and start a transient domain from a file',
    { args: '<file>', options: START },
    async (call) => {
      const xml = await call.document('domain');
      const connect = await call.connect();
      const one = await call.attempt(
        `create domain from ${call.arg('file')}`,
        connect.domainCreateXML(xml, call.flags),
      );
      const output = said(`Domain '${one.name}' created from ${call.arg('file')}`, {
        domain: one.name,
        uuid: one.uuid,
        id: one.id,
      });
      if (!call.has('console')) return output;
      console.log(output.text());
      return attachConsole(call, one, null, 0);
    },
  ),
  domain(
    'start',
    'Start a domain that is defined and inactive, from its managed save image if it has one',
    {
      args: '<domain>',
      options: {
        ...START,
        '--force-boot': [DomainCreateFlags.START_FORCE_BOOT, 'boot anew, removing a managed save image'],
      },
    },
    async (call) => {
      const one = await call.domain();
      call.doing = `start domain '${one.name}'`;
      if (call.flags === 0) await one.create();
      else await one.createWithFlags(call.flags);
      call.doing = undefined;
      const output = said(`Domain '${one.name}' started`, { domain: one.name, uuid: one.uuid });
      if (!call.has('console')) return output;
      console.log(output.text());
      return attachConsole(call, one, null, 0);
    },
  ),
  verb(
    'destroy',
    'Stop a domain at once, as if its power had been cut; its definition stays',
    'destroyed',
    (one, call) => (call.flags === 0 ? one.destroy() : one.destroyFlags(call.flags)),
    {
      '--graceful': [DomainDestroyFlagsValues.GRACEFUL, 'give the hypervisor time to flush; fail rather than kill it'],
      '--remove-logs': [DomainDestroyFlagsValues.REMOVE_LOGS, 'remove its log files'],
    },
  ),
  verb(
    'shutdown',
    'Ask the guest to shut down',
    'is being shutdown',
    (one, call) => (modeFlags(call) === 0 ? one.shutdown() : one.shutdownFlags(modeFlags(call))),
    MODE,
  ),
  verb('reboot', 'Ask the guest to reboot', 'is being rebooted', (one, call) => one.reboot(modeFlags(call)), MODE),
  verb('reset', 'Reset a domain, as its reset button would', 'was reset', (one) => one.reset()),
  verb('suspend', 'Pause a running domain', 'suspended', (one) => one.suspend()),
  verb('resume', 'Resume a paused domain', 'resumed', (one) => one.resume()),
  verb('inject-nmi', 'Send a non-maskable interrupt to the guest', 'was sent an NMI', (one) => one.injectNMI()),
  domain(
    'autostart',
    'Start a domain with its host, or no more',
    { args: '<domain>', options: { '--disable': 'do not start it any more' } },
    async (call) => {
      const one = await call.domain();
      const on = !call.has('disable');
      await call.attempt(`${on ? '' : 'un'}mark domain '${one.name}' as autostarted`, one.setAutostart(on));
      return said(`Domain '${one.name}' ${on ? '' : 'un'}marked as autostarted`, { domain: one.name, autostart: on });
    },
  ),
  domain(
    'undefine',
    'Remove the definition of a domain; one that runs becomes transient',
    {
      args: '<domain>',
      options: {
        '--managed-save': [DomainUndefineFlagsValues.MANAGED_SAVE, 'remove its managed save image as well'],
        '--snapshots-metadata': [DomainUndefineFlagsValues.SNAPSHOTS_METADATA, 'forget its snapshots'],
        '--checkpoints-metadata': [DomainUndefineFlagsValues.CHECKPOINTS_METADATA, 'forget its checkpoints'],
        '--nvram': [DomainUndefineFlagsValues.NVRAM, 'remove its NVRAM file'],
        '--keep-nvram': [DomainUndefineFlagsValues.KEEP_NVRAM, 'keep its NVRAM file'],
        '--tpm': [DomainUndefineFlagsValues.TPM, 'remove its TPM state'],
        '--keep-tpm': [DomainUndefineFlagsValues.KEEP_TPM, 'keep its TPM state'],
        '--storage <volumes>': 'delete these volumes as well: disk targets or paths, with commas',
        '--remove-all-storage': 'delete all volumes of its disks as well',
        '--delete-storage-volume-snapshots': 'snapshots of those volumes as well',
        '--wipe-storage': 'make what those volumes held unreadable first',
      },
    },
    async (call) => {
      const one = await call.domain();
      const volumes = await volumesToDelete(call, one);
      call.doing = `undefine domain '${one.name}'`;
      if (call.flags === 0) await one.undefine();
      else await one.undefineFlags(call.flags);
      for (const { target, volume } of volumes) {
        call.doing = `remove storage volume '${target}' (the domain is undefined)`;
        if (call.has('wipe-storage')) await volume.wipe();
        await volume.delete(
          call.has('delete-storage-volume-snapshots')
            ? StorageVolDeleteFlags.WITH_SNAPSHOTS
            : StorageVolDeleteFlags.NORMAL,
        );
      }
      call.doing = undefined;
      const removed = volumes.map(({ target, path }) => `\nVolume '${target}'(${path}) removed.`).join('');
      return said(`Domain '${one.name}' has been undefined${removed}`, {
        domain: one.name,
        uuid: one.uuid,
        removed: volumes.map(({ path }) => path),
      });
    },
  ),
  domain(
    'save',
    'Save the memory of a running domain to a file and stop it',
    {
      args: '<domain> <file>',
      options: {
        '--bypass-cache': [DomainSaveRestoreFlags.BYPASS_CACHE, 'avoid the file system cache'],
        '--running': [DomainSaveRestoreFlags.RUNNING, 'it runs when restored'],
        '--paused': [DomainSaveRestoreFlags.PAUSED, 'it is paused when restored'],
        '--xml <file>': 'XML to save with it, for another environment',
      },
    },
    async (call) => {
      const one = await call.domain();
      const xml = call.option('xml');
      const dxml = xml === undefined ? null : await call.text(xml);
      call.doing = `save domain '${one.name}' to ${call.arg('file')}`;
      if (call.flags === 0 && dxml === null) await one.save(absolute(call.arg('file')));
      else await one.saveFlags(absolute(call.arg('file')), dxml, call.flags);
      return said(`Domain '${one.name}' saved to ${call.arg('file')}`, { domain: one.name, file: call.arg('file') });
    },
  ),
  domain(
    'restore',
    'Restore a domain from a file that save wrote',
    {
      args: '<file>',
      options: {
        '--bypass-cache': [DomainSaveRestoreFlags.BYPASS_CACHE, 'avoid the file system cache'],
        '--running': [DomainSaveRestoreFlags.RUNNING, 'let it run'],
        '--paused': [DomainSaveRestoreFlags.PAUSED, 'leave it paused'],
        '--xml <file>': 'XML to use in place of the saved',
      },
    },
    async (call) => {
      const connect = await call.connect();
      const xml = call.option('xml');
      const dxml = xml === undefined ? null : await call.text(xml);
      const file = absolute(call.arg('file'));
      call.doing = `restore domain from ${call.arg('file')}`;
      if (call.flags === 0 && dxml === null) await connect.domainRestore(file);
      else await connect.domainRestoreFlags(file, dxml, call.flags);
      return said(`Domain restored from ${call.arg('file')}`, { file });
    },
  ),
  verb(
    'managedsave',
    "Save a domain's memory where its next start finds it, and stop it",
    'state saved by libvirt',
    (one, call) => one.managedSave(call.flags),
    {
      '--bypass-cache': [DomainSaveRestoreFlags.BYPASS_CACHE, 'avoid the file system cache'],
      '--running': [DomainSaveRestoreFlags.RUNNING, 'it runs at its next start'],
      '--paused': [DomainSaveRestoreFlags.PAUSED, 'it is paused at its next start'],
    },
  ),
  domain('managedsave-remove', 'Remove the managed save image of a domain', { args: '<domain>' }, async (call) => {
    const one = await call.domain();
    if (!(await one.hasManagedSaveImage()))
      return said(`Domain '${one.name}' has no manage save image; removal skipped`, {
        domain: one.name,
        removed: false,
      });
    await call.attempt(`remove managed save image for domain '${one.name}'`, one.managedSaveRemove());
    return said(`Removed managedsave image for domain '${one.name}'`, { domain: one.name, removed: true });
  }),
  domain('domrename', 'Rename an inactive domain', { args: '<domain> <new-name>' }, async (call) => {
    const one = await call.domain();
    await call.attempt(`rename domain '${one.name}'`, one.rename(call.arg('new-name')));
    return said('Domain successfully renamed', { domain: call.arg('new-name'), uuid: one.uuid });
  }),
];

interface DiskVolume {
  readonly target: string;
  readonly path: string;
  readonly volume: Awaited<ReturnType<Call['volume']>>;
}

/** Looked up before anything is undone, so that a wrong name leaves everything as it was. */
async function volumesToDelete(call: Call, one: Domain): Promise<DiskVolume[]> {
  const wanted = call.option('storage')?.split(',');
  if (wanted === undefined && !call.has('remove-all-storage')) return [];
  const disks = disksOf(await one.getXMLDesc(DomainXMLFlags.INACTIVE)).filter((disk) => disk.source !== undefined);
  const chosen =
    wanted === undefined
      ? disks
      : disks.filter((disk) => wanted.includes(disk.target) || wanted.includes(disk.source!));
  for (const name of wanted ?? [])
    if (!disks.some((disk) => disk.target === name || disk.source === name))
      throw new UsageError(`--storage: domain '${one.name}' has no disk '${name}'`);
  const volumes: DiskVolume[] = [];
  for (const { target, source } of chosen) {
    try {
      volumes.push({ target, path: source!, volume: await call.volume(source!) });
    } catch (error) {
      call.doing = undefined;
      if (!LibvirtError.is(error) || error.code !== ErrorCode.NO_STORAGE_VOL) throw error;
      console.error(`Storage volume '${target}'(${source}) is not managed by libvirt. Remove it manually.`);
    }
  }
  return volumes;
}

/** The driver may run elsewhere in the file system: relative paths mean this program's folder. */
function absolute(path: string): string {
  return path.startsWith('/') ? path : `${process.cwd()}/${path}`;
}
