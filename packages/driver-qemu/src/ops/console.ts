import type { ConsoleDef, DomainDef, SerialDef, ParallelDef, ChannelDef } from '@virtkit/core/conf';
import type { DeviceOps, DomainRef } from '@virtkit/core/driver';
import { DomainConsoleFlags } from '@virtkit/core/util';
import type { ChannelSource } from '../console/index.js';
import { internalError } from '../errors.js';
import type { QemuHost } from '../host/qemu-host.js';

type CharDevice = ConsoleDef | SerialDef | ParallelDef | ChannelDef;

/** Where the host reaches a device; undefined for one that goes elsewhere (a file, the network). */
function sourceOf(device: CharDevice): ChannelSource | undefined {
  if (device.type === 'pty' && device.source?.path !== undefined) return { type: 'pty', path: device.source.path };
  if (device.type === 'unix' && device.source?.path !== undefined && device.source.mode !== 'connect')
    return { type: 'unix', path: device.source.path };
  return undefined;
}

const alias = (device: CharDevice) => device.alias?.name;

function consoleOf({ devices }: DomainDef, name: string | null): CharDevice {
  const { console: consoles, serial, parallel } = devices;
  const found =
    name === null
      ? (consoles[0] ?? serial[0])
      : [...consoles, ...serial, ...parallel].find((device) => alias(device) === name);
  if (found === undefined) throw internalError(`cannot find console device '${name ?? 'default'}'`);
  return found;
}

function channelOf({ devices }: DomainDef, name: string | null): CharDevice {
  const found =
    name === null
      ? devices.channel[0]
      : devices.channel.find(
          (device) => alias(device) === name || (device.target.type === 'virtio' && device.target.name === name),
        );
  if (found === undefined) throw internalError(`cannot find channel '${name ?? 'default'}'`);
  return found;
}

/** Consoles and channels as streams. */
export const consoleOps = (host: QemuHost) => {
  const open = (ref: DomainRef, pick: (def: DomainDef) => CharDevice, force: boolean, busy: string) => {
    const domain = host.domains.byUuid(ref.uuid, ref.name);
    const { consoles } = domain.running;
    const device = pick(domain.def);
    const source = sourceOf(device);
    if (source === undefined)
      throw internalError(`character device ${alias(device) ?? ''} is not using a PTY or UNIX socket`);
    return consoles.open(source, { force, busy });
  };
  return {
    domainOpenConsole: (ref, name, flags) =>
      open(
        ref,
        (def) => consoleOf(def, name),
        (flags & DomainConsoleFlags.FORCE) !== 0,
        'Active console session exists for this domain',
      ),
    domainOpenChannel: (ref, name, flags) =>
      open(
        ref,
        (def) => channelOf(def, name),
        (flags & DomainConsoleFlags.FORCE) !== 0,
        'Active channel stream exists for this domain',
      ),
  } satisfies DeviceOps;
};
