import type { DomainDef } from '@virtkit/core/conf';
import { configUnsupported } from '../errors.js';
import { type ArgList, escapeComma } from './arg-list.js';
import { bootIndexOf, type BootIndexes } from './boot.js';
import type { CommandContext } from './context.js';
import { addressProps } from './device-address.js';
import { virtioProps } from './virtio.js';

const FSDRIVERS = { path: 'local', handle: 'handle' } as const;

export function addFilesystems(args: ArgList, def: DomainDef, context: CommandContext, boot: BootIndexes): void {
  for (const fs of def.devices.filesystem) {
    const alias = fs.alias?.name ?? '';
    const source = fs.type === 'mount' || fs.type === 'bind' ? (fs.source?.dir ?? '') : '';
    const target = fs.target?.dir ?? '';
    if (fs.driver?.type === 'virtiofs') {
      const chardev = `chr-vu-${alias}`;
      const socket = (fs.source as { socket?: string } | undefined)?.socket;
      args.add('-chardev', `socket,id=${chardev},path=${escapeComma(socket ?? `${context.dir}/${alias}-fs.sock`)}`);
      args.device({
        ...virtioProps('vhost-user-fs', fs, args.caps, fs.model, fs.driver),
        id: alias,
        chardev,
        ...(fs.driver.queue !== undefined && { 'queue-size': fs.driver.queue }),
        tag: target,
        ...bootIndexOf(boot, fs),
        ...addressProps(def, fs),
      });
      continue;
    }
    const kind = FSDRIVERS[(fs.driver?.type ?? 'path') as keyof typeof FSDRIVERS];
    if (kind === undefined) throw configUnsupported(`unsupported filesystem driver type '${fs.driver?.type ?? ''}'`);
    const words: string[] = [kind];
    if (kind === 'local') {
      const mode = { passthrough: 'passthrough', mapped: 'mapped', squash: 'none' }[fs.accessmode ?? 'passthrough'];
      words.push(`security_model=${mode}`);
      if (fs.multidevs !== undefined && fs.multidevs !== 'default') words.push(`multidevs=${fs.multidevs}`);
      if (fs.fmode !== undefined) words.push(`fmode=${fs.fmode.toString(8).padStart(4, '0')}`);
      if (fs.dmode !== undefined) words.push(`dmode=${fs.dmode.toString(8).padStart(4, '0')}`);
    }
    if (fs.driver?.wrpolicy !== undefined) words.push(`writeout=${fs.driver.wrpolicy}`);
    words.push(`id=fsdev-${alias}`, `path=${escapeComma(source)}`);
    if (fs.readonly === true) words.push('readonly');
    args.add('-fsdev', words.join(','));
    args.device({
      ...virtioProps('virtio-9p', fs, args.caps, fs.model, fs.driver),
      id: alias,
      fsdev: `fsdev-${alias}`,
      mount_tag: target,
      ...addressProps(def, fs),
    });
  }
}
