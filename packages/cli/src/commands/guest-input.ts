import { open } from 'node:fs/promises';
import { DomainCoreDumpFlags, DomainCoreDumpFormat, DomainProcessSignal, KeycodeSet } from '@virtkit/core/util';
import { commands } from '../command.js';
import { keyCode } from '../keys.js';
import { said } from '../output/output.js';
import { UsageError } from '../output/usage-error.js';

const guest = commands('Guests');

export const GUEST_INPUT = [
  guest(
    'send-key',
    'Press keys, all at once',
    {
      args: '<domain> <keycode...>',
      options: { '--codeset <name>': 'linux (the default), xt, atset1, …', '--holdtime <ms>': 'for how long' },
    },
    async (call) => {
      const domain = await call.domain();
      const set = (KeycodeSet as Readonly<Record<string, number>>)[
        (call.option('codeset') ?? 'linux').toUpperCase().replaceAll('-', '_')
      ];
      if (set === undefined) throw new UsageError(`unknown codeset: '${call.option('codeset')}'`);
      const codes = call.rest('keycode').map((name) => keyCode(name, set));
      await call.attempt('send keys', domain.sendKey(set, call.integer('holdtime') ?? 0, codes));
      return said('', { domain: domain.name, codes });
    },
  ),
  guest(
    'send-process-signal',
    'Send a signal to a process of the guest',
    { args: '<domain> <pid> <signame>' },
    async (call) => {
      const name = call
        .arg('signame')
        .toUpperCase()
        .replace(/^(VIR_DOMAIN_PROCESS_SIGNAL_|SIG)/, '');
      const signal = /^\d+$/.test(name)
        ? Number(name)
        : (DomainProcessSignal as Readonly<Record<string, number>>)[name];
      if (signal === undefined) throw new UsageError(`malformed signal name: '${call.arg('signame')}'`);
      const domain = await call.domain();
      await domain.sendProcessSignal(BigInt(call.integerArg('pid')), signal);
      return said('', { domain: domain.name });
    },
  ),
  guest(
    'screenshot',
    'Write what the guest shows to a file',
    { args: '<domain> [file]', options: { '--screen <number>': 'which screen, from 0' } },
    async (call) => {
      const domain = await call.domain();
      const { mime, stream } = await call.attempt('take a screenshot', domain.screenshot(call.integer('screen') ?? 0));
      const extension = mime?.split('/')[1]?.replace('x-portable-pixmap', 'ppm') ?? 'img';
      const path = call.optionalArg('file') ?? `${domain.name}-${new Date().toISOString().slice(0, 19)}.${extension}`;
      const file = await open(path, 'w');
      try {
        for await (const data of stream) await file.write(data);
      } finally {
        await file.close();
      }
      return said(`Screenshot saved to ${path}, with type of ${mime}`, { file: path, mime });
    },
  ),
  guest(
    'dump',
    "Write a domain's memory to a file",
    {
      args: '<domain> <file>',
      options: {
        '--live': [DomainCoreDumpFlags.LIVE, 'while it runs'],
        '--crash': [DomainCoreDumpFlags.CRASH, 'crash it afterwards'],
        '--bypass-cache': [DomainCoreDumpFlags.BYPASS_CACHE, 'avoid the file system cache'],
        '--reset': [DomainCoreDumpFlags.RESET, 'reset it afterwards'],
        '--memory-only': [DomainCoreDumpFlags.MEMORY_ONLY, 'memory alone, for debuggers'],
        '--format <format>': 'elf, kdump-zlib, kdump-lzo, kdump-snappy or win-dmp',
      },
    },
    async (call) => {
      const domain = await call.domain();
      const format = call.option('format');
      const file = call.arg('file').startsWith('/') ? call.arg('file') : `${process.cwd()}/${call.arg('file')}`;
      call.doing = `core dump domain '${domain.name}' to ${call.arg('file')}`;
      if (format === undefined) await domain.coreDump(file, call.flags);
      else {
        const value = (DomainCoreDumpFormat as Readonly<Record<string, number>>)[
          format === 'elf' ? 'RAW' : format.toUpperCase().replaceAll('-', '_')
        ];
        if (value === undefined)
          throw new UsageError(
            `format '${format}' is not supported, expecting 'kdump-zlib', 'kdump-lzo', 'kdump-snappy', 'win-dmp' or 'elf'`,
          );
        await domain.coreDumpWithFormat(file, value, call.flags);
      }
      return said(`Domain '${domain.name}' dumped to ${call.arg('file')}`, { domain: domain.name, file });
    },
  ),
];
