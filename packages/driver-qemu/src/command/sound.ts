import type { AudioChannelDef, AudioDef, DomainDef, SoundDef } from '@virtkit/core/conf';
import type { JsonValue } from '../block/index.js';
import { configUnsupported, internalError } from '../errors.js';
import type { ArgList, Props } from './arg-list.js';
import { addressProps } from './device-address.js';

const DRIVERS: Readonly<Record<string, string>> = {
  none: 'none',
  alsa: 'alsa',
  coreaudio: 'coreaudio',
  jack: 'jack',
  oss: 'oss',
  pulseaudio: 'pa',
  sdl: 'sdl',
  spice: 'spice',
  file: 'wav',
  dbus: 'dbus',
};

/** qemuBuildAudioCommandLine: the host's sound systems. */
export function addAudio(args: ArgList, def: DomainDef): void {
  for (const audio of def.devices.audio) args.json('-audiodev', audioProps(audio));
}

function audioProps(audio: AudioDef): Props {
  const direction = (given: AudioChannelDef | undefined): Record<string, JsonValue> | undefined =>
    given === undefined ? undefined : channel(audio, given);
  return {
    id: `audio${audio.id}`,
    driver: DRIVERS[audio.type],
    ...(audio.timerPeriod !== undefined && { 'timer-period': audio.timerPeriod }),
    ...(audio.type === 'oss' && {
      'try-mmap': audio.tryMMap,
      exclusive: audio.exclusive,
      ...(audio.dspPolicy !== undefined && { 'dsp-policy': audio.dspPolicy }),
    }),
    ...(audio.type === 'pulseaudio' && audio.serverName !== undefined && { server: audio.serverName }),
    ...(audio.type === 'file' && audio.path !== undefined && { path: audio.path }),
    in: direction(audio.input),
    out: direction(audio.output),
  };
}

function channel({ type }: AudioDef, given: AudioChannelDef): Record<string, JsonValue> | undefined {
  const { settings } = given;
  const members: Record<string, JsonValue | undefined> = {
    'mixing-engine': given.mixingEngine,
    'fixed-settings': given.fixedSettings,
    voices: given.voices,
    'buffer-length': given.bufferLength,
    frequency: settings?.frequency,
    channels: settings?.channels,
    format: settings?.format,
    ...(type === 'jack' && {
      'server-name': given.serverName,
      'client-name': given.clientName,
      'connect-ports': given.connectPorts,
      'exact-name': given.exactName,
    }),
    ...(type === 'pulseaudio' && { name: given.name, 'stream-name': given.streamName, latency: given.latency }),
    ...((type === 'alsa' || type === 'oss') && { dev: given.dev }),
    ...((type === 'oss' || type === 'coreaudio' || type === 'sdl') && { 'buffer-count': given.bufferCount }),
    ...((type === 'alsa' || type === 'oss') && { 'try-poll': given.tryPoll }),
  };
  const set = Object.entries(members).filter((entry): entry is [string, JsonValue] => entry[1] !== undefined);
  return set.length === 0 ? undefined : Object.fromEntries(set);
}

const SOUND: Readonly<Record<string, string>> = {
  es1370: 'ES1370',
  ac97: 'AC97',
  ich6: 'intel-hda',
  ich9: 'ich9-intel-hda',
  usb: 'usb-audio',
  sb16: 'sb16',
};

/** qemuBuildSoundCommandLine: the guest's sound cards. */
export function addSounds(args: ArgList, def: DomainDef): void {
  for (const sound of def.devices.sound) {
    const alias = sound.alias?.name ?? '';
    if (sound.model === 'pcspk') {
      args.add('-soundhw', 'pcspk');
      continue;
    }
    const driver = SOUND[sound.model];
    if (driver === undefined) throw configUnsupported(`sound card model '${sound.model}' is not supported by qemu`);
    const hda = sound.model === 'ich6' || sound.model === 'ich9';
    const audiodev = audioId(def, sound.audio?.id);
    args.device({
      driver,
      id: alias,
      ...(!hda && { audiodev }),
      ...addressProps(def, sound),
    });
    if (hda) addCodecs(args, sound, alias, audiodev);
  }
}

/** The name of a sound system of the host; of the first where none is chosen. */
export function audioId({ devices: { audio } }: DomainDef, id: number | undefined): string {
  const found = audio.find((one) => id === undefined || one.id === id);
  if (found === undefined) throw internalError('unable to find audio backend for sound device');
  return `audio${found.id}`;
}

function addCodecs(args: ArgList, sound: SoundDef, alias: string, audiodev: string): void {
  const codecs = sound.codec === undefined || sound.codec.length === 0 ? [{ type: 'duplex' as const }] : sound.codec;
  for (const [cad, { type }] of codecs.entries())
    args.device({
      driver: `hda-${type}`,
      id: `${alias}-codec${cad}`,
      bus: `${alias}.0`,
      cad,
      audiodev,
    });
}
