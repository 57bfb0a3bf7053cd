import { unsupported, wrong } from '../common/problems.js';
import type { AudioDef } from '../devices/audio.js';
import type { DomainDef } from '../domain-def.js';

/** virDomainDefValidate's part about sound: each system is there once, and what plays knows where to. */
export function checkAudio({ devices }: DomainDef): void {
  const ids = new Set<number>();
  for (const audio of devices.audio) {
    if (ids.has(audio.id)) throw wrong(`audio ID ${audio.id} is used multiple times`);
    ids.add(audio.id);
  }
  for (const { audio } of devices.sound) checkReference(audio?.id, ids);
  for (const graphics of devices.graphics) if (graphics.type === 'vnc') checkReference(graphics.audio?.id, ids);
}

/** virDomainAudioDefValidate */
export function checkAudioDevice(audio: AudioDef): void {
  checkChannel(audio.input);
  checkChannel(audio.output);
}

/** A sound system that is spoken of must be there. */
export function checkReference(id: number | undefined, ids: ReadonlySet<number>): void {
  if (id !== undefined && !ids.has(id)) throw wrong(`no audio device with ID ${id}`);
}

function checkChannel(channel: AudioDef['input']): void {
  if (channel === undefined) return;
  if (channel.fixedSettings === true && channel.mixingEngine !== true)
    throw unsupported('fixed audio settings requires mixing engine');
  const { settings } = channel;
  const given = settings !== undefined && Object.keys(settings).length > 0;
  if (given && channel.fixedSettings !== true)
    throw unsupported('audio settings specified without fixed settings flag');
}
