import type { Domain } from '@virtkit/core';
import { escapeXml } from '@virtkit/core/conf';
import {
  DomainBlockCommitFlags as Commit,
  DomainBlockCopyFlags as Copy,
  DomainBlockJobAbortFlags as Abort,
  DomainBlockJobType,
  DomainBlockPullFlags,
  DomainBlockRebaseFlags as Rebase,
  DomainBlockResizeFlags,
  ErrorCode,
  LibvirtError,
  TypedParamsBuilder,
} from '@virtkit/core/util';
import type { Call } from '../call.js';
import { commands } from '../command.js';
import { listed, said, type Output } from '../output/output.js';
import { parseInteger, parseSize } from '../output/units.js';
import { UsageError } from '../output/usage-error.js';

const block = commands('Block jobs');

const WAIT = {
  '--wait': 'wait until it is done; Ctrl-C gives it up',
  '--verbose': 'with --wait: show how far it is',
  '--timeout <seconds>': 'with --wait: give up after so long',
} as const;

const NAMES: Readonly<Record<number, string>> = {
  [DomainBlockJobType.PULL]: 'Block Pull',
  [DomainBlockJobType.COPY]: 'Block Copy',
  [DomainBlockJobType.COMMIT]: 'Block Commit',
  [DomainBlockJobType.ACTIVE_COMMIT]: 'Active Block Commit',
  [DomainBlockJobType.BACKUP]: 'Backup',
};

function percent(cur: bigint, end: bigint): string {
  if (end === 0n) return '0.00';
  const value = (Number(cur) * 100) / Number(end);
  return (cur < end && value > 99.99 ? 99.99 : value).toFixed(2);
}

/** Waits for the job on a disk to end, or to be ready where it has to be ended by hand. */
async function wait(call: Call, domain: Domain, path: string, readyEnds: boolean): Promise<'done' | 'ready'> {
  const seconds = call.integer('timeout');
  const deadline = seconds === undefined ? Infinity : Date.now() + seconds * 1000;
  const bar = call.has('verbose') && process.stderr.isTTY;
  try {
    for (;;) {
      const info = await domain.getBlockJobInfo(path);
      if (info === null) return 'done';
      if (bar) process.stderr.write(`\r${NAMES[info.type] ?? 'Job'}: [${percent(info.cur, info.end)} %]\u001b[K`);
      if (readyEnds && info.end > 0n && info.cur === info.end) return 'ready';
      if (call.signal.aborted || Date.now() > deadline) {
        await domain.blockJobAbort(path);
        throw new LibvirtError(
          ErrorCode.OPERATION_ABORTED,
          0,
          `the job on '${path}' was given up${call.signal.aborted ? '' : ` after ${seconds} s`}`,
        );
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  } finally {
    if (bar) process.stderr.write('\r\u001b[K');
  }
}

/** Bandwidth from the command line: MiB/s, or bytes/s with `--bytes`. */
function bandwidth(call: Call): bigint {
  const text = call.option('bandwidth') ?? call.optionalArg('bandwidth') ?? '0';
  return BigInt(call.has('bytes') ? parseSize(text, '--bandwidth') : parseInteger(text, '--bandwidth'));
}

async function finish(call: Call, domain: Domain, path: string, what: string, active: boolean): Promise<Output> {
  const json = { domain: domain.name, path };
  if (!call.has('wait') && !call.has('pivot')) return said(`${what} started`, json);
  call.doing = `wait for the job on '${path}'`;
  const state = await wait(call, domain, path, active);
  if (state === 'ready' && call.has('pivot')) {
    await domain.blockJobAbort(path, Abort.PIVOT);
    return said('Successfully pivoted', json);
  }
  if (state === 'ready' && call.has('keep-overlay')) {
    await domain.blockJobAbort(path, 0);
    return said('Commit complete, overlay image kept', json);
  }
  return said(state === 'ready' ? 'Now in synchronized phase' : `${what.replace(' Block', '')} complete`, json);
}

export const BLOCK = [
  block(
    'blockresize',
    'Change the size of a disk of a running domain',
    { args: '<domain> <path> <size>' },
    async (call) => {
      const domain = await call.domain();
      const size = parseSize(call.arg('size'), '<size>', 1024n);
      await call.attempt(
        `resize block device '${call.arg('path')}'`,
        domain.blockResize(call.arg('path'), size, DomainBlockResizeFlags.BYTES),
      );
      return said(`Block device '${call.arg('path')}' is resized`, {
        domain: domain.name,
        path: call.arg('path'),
        size,
      });
    },
  ),
  block(
    'blockpull',
    'Fill an image from its backing image',
    {
      args: '<domain> <path> [bandwidth]',
      options: {
        '--base <path>': 'down to this backing image',
        '--bytes': [DomainBlockPullFlags.BANDWIDTH_BYTES, 'the rate is bytes/s'],
        '--keep-relative': [Rebase.RELATIVE, 'keep relative names'],
        ...WAIT,
      },
    },
    async (call) => {
      const domain = await call.domain();
      const path = call.arg('path');
      const base = call.option('base');
      call.doing = `pull disk '${path}' of domain '${domain.name}'`;
      if (base === undefined && !call.has('keep-relative')) await domain.blockPull(path, bandwidth(call), call.flags);
      else await domain.blockRebase(path, base ?? null, bandwidth(call), call.flags);
      return finish(call, domain, path, 'Block Pull', false);
    },
  ),
  block(
    'blockcommit',
    'Bring changes of an image into its backing image',
    {
      args: '<domain> <path>',
      options: {
        '--bandwidth <rate>': 'MiB/s',
        '--bytes': [Commit.BANDWIDTH_BYTES, 'the rate is bytes/s'],
        '--base <path>': 'image that receives the changes',
        '--shallow': [Commit.SHALLOW, 'only one image down'],
        '--top <path>': 'topmost image of which changes are brought down',
        '--active': [Commit.ACTIVE, 'the image in use'],
        '--delete': [Commit.DELETE, 'delete images that became needless'],
        '--keep-relative': [Commit.RELATIVE, 'keep relative names'],
        '--pivot': 'go on with the base when it is ready',
        '--keep-overlay': 'keep the overlay when it is ready',
        ...WAIT,
      },
    },
    async (call) => {
      const domain = await call.domain();
      const path = call.arg('path');
      const active = call.has('active') || call.has('pivot') || call.has('keep-overlay');
      const flags = call.flags | (active ? Commit.ACTIVE : 0);
      await call.attempt(
        `commit disk '${path}' of domain '${domain.name}'`,
        domain.blockCommit(path, call.option('base') ?? null, call.option('top') ?? null, bandwidth(call), flags),
      );
      return finish(call, domain, path, active ? 'Active Block Commit' : 'Block Commit', active);
    },
  ),
  block(
    'blockcopy',
    'Mirror a disk to another image',
    {
      args: '<domain> <path> [dest]',
      options: {
        '--dest-xml <file>': 'destination, as a <disk> in a file',
        '--bandwidth <rate>': 'MiB/s',
        '--bytes': 'the rate is bytes/s',
        '--format <format>': 'format of the destination',
        '--blockdev': 'the destination is a block device',
        '--shallow': [Copy.SHALLOW, 'only the topmost image'],
        '--reuse-external': [Copy.REUSE_EXT, 'use a file that is there'],
        '--transient-job': [Copy.TRANSIENT_JOB, 'also for a persistent domain'],
        '--synchronous-writes': [Copy.SYNCHRONOUS_WRITES, 'writes of the guest wait for the mirror'],
        '--granularity <bytes>': 'unit of copying',
        '--buf-size <bytes>': 'most data in flight',
        '--pivot': 'go on with the copy when it is ready',
        '--finish': 'end the mirror when it is ready',
        ...WAIT,
      },
    },
    async (call) => {
      const domain = await call.domain();
      const path = call.arg('path');
      const file = call.option('dest-xml');
      const type = call.has('blockdev') ? 'block' : 'file';
      const format = call.option('format');
      if (file === undefined && call.optionalArg('dest') === undefined)
        throw new UsageError('need either --dest or --dest-xml');
      const xml =
        file === undefined
          ? `<disk type='${type}'>\n  <source ${type === 'block' ? 'dev' : 'file'}='${escapeXml(call.arg('dest'))}'/>\n${format === undefined ? '' : `  <driver type='${escapeXml(format)}'/>\n`}</disk>\n`
          : await call.text(file);
      const params = new TypedParamsBuilder();
      const rate = bandwidth(call);
      if (rate > 0n) params.ullong('bandwidth', call.has('bytes') ? rate : rate << 20n);
      const granularity = call.size('granularity');
      if (granularity !== undefined) params.uint('granularity', Number(granularity));
      const buffer = call.size('buf-size');
      if (buffer !== undefined) params.ullong('buf-size', buffer);
      await call.attempt(
        `copy disk '${path}' of domain '${domain.name}'`,
        domain.blockCopy(path, xml, params.params, call.flags),
      );
      if (call.has('finish')) {
        await wait(call, domain, path, true);
        await domain.blockJobAbort(path, 0);
        return said('Successfully copied', { domain: domain.name, path });
      }
      return finish(call, domain, path, 'Block Copy', true);
    },
  ),
  block(
    'blockjob',
    'Show, change or end the job on a disk',
    {
      args: '<domain> <path> [bandwidth]',
      options: {
        '--info': 'show it (the default)',
        '--raw': 'show plain figures',
        '--abort': 'end it',
        '--async': [Abort.ASYNC, 'do not wait for its end'],
        '--pivot': [Abort.PIVOT, 'go on with the copy'],
        '--bytes': 'the rate is bytes/s',
      },
    },
    async (call) => {
      const domain = await call.domain();
      const path = call.arg('path');
      const json = { domain: domain.name, path };
      if (call.has('abort') || call.has('async') || call.has('pivot')) {
        await call.attempt(`end the job on '${path}'`, domain.blockJobAbort(path, call.flags));
        return said('', json);
      }
      const rate = call.optionalArg('bandwidth');
      if (rate !== undefined) {
        await domain.blockJobSetSpeed(
          path,
          call.has('bytes') ? parseSize(rate, '--bandwidth') : BigInt(rate),
          call.has('bytes') ? 1 : 0,
        );
        return said('', json);
      }
      const info = await domain.getBlockJobInfo(path, call.has('bytes') ? 1 : 0);
      if (info === null) return { json: null, text: () => `No current block job for ${path}` };
      const text = call.has('raw')
        ? ` type=${NAMES[info.type]}\n bandwidth=${info.bandwidth}\n cur=${info.cur}\n end=${info.end}`
        : `${NAMES[info.type] ?? 'Unknown job'}: [${percent(info.cur, info.end).padStart(5)} %]${info.bandwidth > 0n ? `    Bandwidth limit: ${info.bandwidth} ${call.has('bytes') ? 'B/s' : 'MiB/s'}` : ''}`;
      return { json: { ...info, type: NAMES[info.type] ?? info.type }, text: () => text };
    },
  ),
  block('domblkerror', 'List errors of disks', { args: '<domain>' }, async (call) => {
    const errors = await (await call.domain()).getDiskErrors();
    if (errors.length === 0) return { json: [], text: () => 'No errors found\n' };
    const names = ['no error', 'unspecified error', 'no space'];
    return {
      json: errors,
      text: () => errors.map(({ disk, error }) => `${disk}: ${names[error] ?? error}\n`).join(''),
    };
  }),
  block(
    'domblkthreshold',
    'Have an event sent when an image grows beyond a limit',
    { args: '<domain> <dev> <threshold>' },
    async (call) => {
      const domain = await call.domain();
      await domain.setBlockThreshold(call.arg('dev'), parseSize(call.arg('threshold'), '<threshold>'));
      return said('', { domain: domain.name, device: call.arg('dev') });
    },
  ),
  block('domfsinfo', "List the guest's mounted file systems", { args: '<domain>' }, async (call) => {
    const found = await call.attempt('get filesystem information', (await call.domain()).getFSInfo());
    return listed(found, [
      { title: 'Mountpoint', key: 'mountpoint', value: ({ mountpoint }) => mountpoint },
      { title: 'Name', key: 'name', value: ({ name }) => name },
      { title: 'Type', key: 'type', value: ({ fstype }) => fstype },
      {
        title: 'Target',
        key: 'target',
        value: ({ devAliases }) => devAliases,
        text: ({ devAliases }) => devAliases.join(','),
      },
    ]);
  }),
];
