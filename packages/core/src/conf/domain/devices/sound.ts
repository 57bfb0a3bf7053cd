import { child, type ElementCodec, elementOf, oneOf, optList, part, positive, req } from '../../xml/index.js';
import { type DeviceInfo, deviceInfo } from '../common/device-info.js';
import { refusedAs } from '../common/problems.js';

export const SOUND_MODELS = ['sb16', 'es1370', 'pcspk', 'ac97', 'ich6', 'ich9', 'usb', 'ich7'] as const;

/** virDomainSoundDef */
export interface SoundDef extends DeviceInfo {
  model: (typeof SOUND_MODELS)[number];
  codec?: { type: 'duplex' | 'micro' | 'output' }[];
  audio?: { id: number };
}

export const audioRef = child(part('audio', { id: req(positive) }));

export const sound: ElementCodec<SoundDef> = elementOf<SoundDef>('sound', {
  model: req(oneOf(...SOUND_MODELS)),
  codec: optList(part('codec', { type: req(oneOf('duplex', 'micro', 'output'), refusedAs('unknown codec type')) })),
  audio: audioRef,
  ...deviceInfo,
});
