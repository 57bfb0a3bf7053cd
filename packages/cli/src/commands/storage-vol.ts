import { open, stat } from 'node:fs/promises';
import type { StoragePool, StorageVol, Stream } from '@virtkit/core';
import { escapeXml } from '@virtkit/core/conf';
import {
  StorageVolCreateFlags,
  StorageVolDeleteFlags,
  StorageVolDownloadFlags,
  StorageVolInfoFlags,
  StorageVolResizeFlags,
  StorageVolType,
  StorageVolWipeAlgorithm,
} from '@virtkit/core/util';
import type { Call } from '../call.js';
import { commands, type CommandSpec, type OptionTable } from '../command.js';
import { document } from '../output/document.js';
import { facts, lines, listed, plain, said } from '../output/output.js';
import { Progress } from '../output/progress.js';
import { parseSize, prettySize } from '../output/units.js';
import { UsageError } from '../output/usage-error.js';
import { constantName } from '../state-names.js';

const vol = commands('Storage volumes');
const IN_POOL: OptionTable = { '--pool <pool>': 'pool of the volume, by name or UUID' };
const PREALLOC: OptionTable = {
  '--prealloc-metadata': [StorageVolCreateFlags.PREALLOC_METADATA, 'allocate metadata at once'],
};
const REFLINK: OptionTable = { '--reflink': [StorageVolCreateFlags.REFLINK, 'share blocks with the original'] };
const RANGE: OptionTable = {
  '--offset <bytes>': 'begin there in the volume',
  '--length <bytes>': 'at most this much',
};

function volumeXml(name: string, capacity: bigint, call: Call): string {
  const allocation = call.size('allocation');
  const format = call.option('format');
  const backing = call.option('backing-vol');
  const backingFormat = call.option('backing-vol-format');
  return [
    '<volume>',
    `  <name>${escapeXml(name)}</name>`,
    `  <capacity>${capacity}</capacity>`,
    ...(allocation === undefined ? [] : [`  <allocation>${allocation}</allocation>`]),
    ...(format === undefined ? [] : [`  <target>\n    <format type='${escapeXml(format)}'/>\n  </target>`]),
    ...(backing === undefined
      ? []
      : [
          `  <backingStore>\n    <path>${escapeXml(backing)}</path>${backingFormat === undefined ? '' : `\n    <format type='${escapeXml(backingFormat)}'/>`}\n  </backingStore>`,
        ]),
    '</volume>\n',
  ].join('\n');
}

/** A command that does one thing to one volume. */
function verb(
  name: string,
  summary: string,
  did: string,
  work: (volume: StorageVol, call: Call) => Promise<unknown>,
  options: OptionTable = {},
): CommandSpec {
  return vol(`vol-${name}`, summary, { args: '<vol>', options: { ...IN_POOL, ...options } }, async (call) => {
    const one = await call.volume();
    await call.attempt(`${name} vol ${one.name}`, work(one, call));
    return said(`Vol ${one.name} ${did}`, { volume: one.name, pool: one.pool });
  });
}

/** A command that prints one fact of a volume. */
const fact = (name: string, summary: string, value: (volume: StorageVol) => string | Promise<string>): CommandSpec =>
  vol(`vol-${name}`, summary, { args: '<vol>', options: IN_POOL }, async (call) =>
    lines([await value(await call.volume())]),
  );

export const STORAGE_VOL = [
  vol(
    'vol-list',
    'List the volumes of a pool',
    { args: '<pool>', options: { '--details': 'with types and sizes' } },
    async (call) => {
      const volumes = [...(await call.attempt('list volumes', (await call.pool()).listAllVolumes()))];
      volumes.sort((a, b) => (a.name < b.name ? -1 : 1));
      const rows = await Promise.all(
        volumes.map(async (one) => ({ one, path: await one.getPath(), info: await one.getInfo() })),
      );
      const hidden = !call.has('details');
      return listed(rows, [
        { title: 'Name', key: 'name', value: ({ one }) => one.name },
        { title: 'Path', key: 'path', value: ({ path }) => path },
        { title: 'Type', key: 'type', value: ({ info }) => constantName(StorageVolType, info.type), hidden },
        {
          title: 'Capacity',
          key: 'capacity',
          value: ({ info }) => info.capacity,
          text: ({ info }) => prettySize(info.capacity),
          hidden,
        },
        {
          title: 'Allocation',
          key: 'allocation',
          value: ({ info }) => info.allocation,
          text: ({ info }) => prettySize(info.allocation),
          hidden,
        },
      ]);
    },
  ),
  vol(
    'vol-info',
    'Show the basic facts of a volume',
    { args: '<vol>', options: { ...IN_POOL, '--bytes': 'sizes in bytes', '--physical': 'what it takes on disk' } },
    async (call) => {
      const one = await call.volume();
      const info = call.has('physical')
        ? await one.getInfoFlags(StorageVolInfoFlags.GET_PHYSICAL)
        : await one.getInfo();
      const size = (bytes: bigint): string => (call.has('bytes') ? `${bytes} bytes` : prettySize(bytes));
      return facts([
        ['Name', 'name', one.name],
        ['Type', 'type', constantName(StorageVolType, info.type)],
        ['Capacity', 'capacity', info.capacity, size(info.capacity)],
        [
          call.has('physical') ? 'Physical' : 'Allocation',
          call.has('physical') ? 'physical' : 'allocation',
          info.allocation,
          size(info.allocation),
        ],
      ]);
    },
  ),
  vol(
    'vol-create-as',
    'Create a volume from options',
    {
      args: '<pool> <name> <capacity>',
      options: {
        '--allocation <size>': 'allocate this much at once',
        '--format <format>': 'raw, qcow2, …',
        '--backing-vol <path>': 'a volume that it is made on top of',
        '--backing-vol-format <format>': 'format of that volume',
        ...PREALLOC,
        '--print-xml': 'print the XML, do nothing',
      },
    },
    async (call) => {
      const xml = volumeXml(call.arg('name'), parseSize(call.arg('capacity'), '<capacity>'), call);
      if (call.has('print-xml')) return plain(xml, 'xml');
      const pool = await call.pool();
      const one = await call.attempt(`create vol ${call.arg('name')}`, pool.storageVolCreateXML(xml, call.flags));
      return said(`Vol ${one.name} created`, { volume: one.name, pool: pool.name, key: one.key });
    },
  ),
  vol('vol-create', 'Create a volume from a file', { args: '<pool> <file>', options: PREALLOC }, async (call) => {
    const pool = await call.pool();
    const one = await call.attempt(
      `create vol from ${call.arg('file')}`,
      pool.storageVolCreateXML(await call.document('storageVol'), call.flags),
    );
    return said(`Vol ${one.name} created from ${call.arg('file')}`, {
      volume: one.name,
      pool: pool.name,
      key: one.key,
    });
  }),
  vol(
    'vol-create-from',
    'Create a volume from a file, with the content of another volume',
    { args: '<pool> <file> <vol>', options: { '--inputpool <pool>': 'pool of that volume', ...PREALLOC, ...REFLINK } },
    async (call) => {
      const pool = await call.pool();
      const input = await call.volume(call.arg('vol'), call.option('inputpool'));
      const xml = await call.document('storageVol');
      const one = await call.attempt(
        `create vol from inputvol ${input.name}`,
        pool.storageVolCreateXMLFrom(xml, input, call.flags),
      );
      return said(`Vol ${one.name} created from input vol ${input.name}`, { volume: one.name, pool: pool.name });
    },
  ),
  vol(
    'vol-clone',
    'Make a copy of a volume in its pool',
    {
      args: '<vol> <newname>',
      options: { ...IN_POOL, ...PREALLOC, ...REFLINK, '--print-xml': 'print the XML, do nothing' },
    },
    async (call) => {
      const one = await call.volume();
      const name = call.arg('newname');
      const xml = (await one.getXMLDesc())
        .replace(/<name>[^<]*<\/name>/, () => `<name>${escapeXml(name)}</name>`)
        .replace(/\s*<key>[^<]*<\/key>/, '');
      if (call.has('print-xml')) return plain(xml, 'xml');
      const pool: StoragePool = await one.storagePoolLookupByVolume();
      await call.attempt(`clone vol from ${one.name}`, pool.storageVolCreateXMLFrom(xml, one, call.flags));
      return said(`Vol ${name} cloned from ${one.name}`, { volume: name, pool: pool.name });
    },
  ),
  verb('delete', 'Delete a volume', 'deleted', (one, call) => one.delete(call.flags), {
    '--delete-snapshots': [StorageVolDeleteFlags.WITH_SNAPSHOTS, 'its snapshots as well'],
  }),
  verb(
    'wipe',
    'Make what a volume held unreadable',
    'wiped',
    (one, call) => {
      const name = call.option('algorithm');
      if (name === undefined) return one.wipe();
      const algorithm = (StorageVolWipeAlgorithm as Readonly<Record<string, number>>)[name.toUpperCase()];
      if (algorithm === undefined)
        throw new UsageError(
          `--algorithm: '${name}' is none of ${Object.keys(StorageVolWipeAlgorithm).join(', ').toLowerCase()}`,
        );
      return one.wipePattern(algorithm);
    },
    { '--algorithm <name>': 'how: zero, random, trim, …' },
  ),
  vol(
    'vol-resize',
    'Change the capacity of a volume',
    {
      args: '<vol> <capacity>',
      options: {
        ...IN_POOL,
        '--allocate': [StorageVolResizeFlags.ALLOCATE, 'allocate the new space'],
        '--delta': [StorageVolResizeFlags.DELTA, 'the capacity is what to add'],
        '--shrink': [StorageVolResizeFlags.SHRINK, 'it may become smaller: what is beyond is lost'],
      },
    },
    async (call) => {
      const one = await call.volume();
      const text = call.arg('capacity');
      const negative = text.startsWith('-');
      if (negative && !(call.has('delta') && call.has('shrink')))
        throw new UsageError('negative size requires --delta and --shrink');
      const capacity = parseSize(negative ? text.slice(1) : text, '<capacity>');
      await call.attempt(`change size of volume '${one.name}'`, one.resize(capacity, call.flags));
      return said(`Size of volume '${one.name}' successfully changed ${call.has('delta') ? 'by' : 'to'} ${text}`, {
        volume: one.name,
        pool: one.pool,
      });
    },
  ),
  vol(
    'vol-upload',
    'Write a file into a volume',
    { args: '<vol> <file>', options: { ...IN_POOL, ...RANGE, '--sparse': 'leave out holes of the file' } },
    async (call) => {
      const one = await call.volume();
      const file = call.arg('file');
      const size = await call.attempt(
        `open ${file}`,
        stat(file).then((entry) => BigInt(entry.size)),
      );
      const wanted = call.size('length') ?? 0n;
      const total = wanted > 0n && wanted < size ? wanted : size;
      const stream = await call.attempt(
        `upload to volume ${one.name}`,
        one.upload(call.size('offset') ?? 0n, total, call.has('sparse') ? StorageVolDownloadFlags.SPARSE_STREAM : 0),
      );
      await call.attempt(`send data to volume ${one.name}`, send(stream, file, total, progress(call, one.name, total)));
      return said('', { volume: one.name, pool: one.pool, bytes: total });
    },
  ),
  vol(
    'vol-download',
    'Write the content of a volume to a file',
    { args: '<vol> <file>', options: { ...IN_POOL, ...RANGE, '--sparse': 'keep holes' } },
    async (call) => {
      const one = await call.volume();
      const offset = call.size('offset') ?? 0n;
      const length = call.size('length') ?? 0n;
      const total = length > 0n ? length : (await one.getInfo()).capacity - offset;
      const stream = await call.attempt(
        `download from volume ${one.name}`,
        one.download(offset, length, call.has('sparse') ? StorageVolDownloadFlags.SPARSE_STREAM : 0),
      );
      const bar = progress(call, one.name, total);
      await call.attempt(`receive data from volume ${one.name}`, receive(stream, call.arg('file'), bar));
      return said('', { volume: one.name, pool: one.pool, bytes: bar.done });
    },
  ),
  vol('vol-dumpxml', 'Print the XML of a volume', { args: '<vol>', options: IN_POOL }, async (call) =>
    document('storageVol', await (await call.volume()).getXMLDesc()),
  ),
  fact('path', "Print a volume's path", (one) => one.getPath()),
  fact('name', "Print a volume's name", ({ name }) => name),
  fact('key', "Print a volume's key", ({ key }) => key),
  vol('vol-pool', "Print a volume's pool", { args: '<vol>', options: { '--uuid': 'its UUID' } }, async (call) => {
    const pool = await (await call.volume()).storagePoolLookupByVolume();
    return lines([call.has('uuid') ? pool.uuid : pool.name]);
  }),
];

function progress(call: Call, label: string, total: bigint): Progress {
  const stream = call.session.options.quiet === true ? ({ isTTY: false } as NodeJS.WriteStream) : process.stderr;
  return new Progress(stream, label, total);
}

async function send(stream: Stream, path: string, total: bigint, bar: Progress): Promise<void> {
  const file = await open(path);
  const buffer = Buffer.allocUnsafe(1 << 18);
  try {
    while (bar.done < total) {
      const { bytesRead } = await file.read(buffer, 0, Math.min(buffer.length, Number(total - bar.done)), null);
      if (bytesRead === 0) break;
      // The stream may keep what it was given until it is written.
      await stream.send(Uint8Array.prototype.slice.call(buffer, 0, bytesRead));
      bar.add(bytesRead);
    }
    await stream.finish();
  } catch (error) {
    stream.abort(error);
    throw error;
  } finally {
    bar.end();
    await file.close();
  }
}

async function receive(stream: Stream, path: string, bar: Progress): Promise<void> {
  const file = await open(path, 'w');
  let position = 0;
  try {
    for (let data = await stream.recvFlags(); data !== null; data = await stream.recvFlags()) {
      if (data instanceof Uint8Array) {
        await file.write(data, 0, data.length, position);
        position += data.length;
        bar.add(data.length);
      } else position += data.hole;
    }
    await file.truncate(position);
    await stream.finish();
  } catch (error) {
    stream.abort(error);
    throw error;
  } finally {
    bar.end();
    await file.close();
  }
}
