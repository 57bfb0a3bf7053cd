import { child, type ElementCodec, elementOf, oneOf, optList, part, positive, req } from '../../xml/index.js';
import { type DeviceInfo, deviceInfo } from '../common/device-info.js';
import { refusedAs, unsupported } from '../common/problems.js';

export const SOUND_MODELS = ['sb16', 'es1370', 'pcspk', 'ac97', 'ich6', 'ich9', 'usb', 'ich7'] as const;

/** virDomainSoundDef */
export interface SoundDef extends DeviceInfo {
  model: (typeof SOUND_MODELS)[number];
  codec?: { type: 'duplex' | 'micro' | 'output' }[];
  audio?: { id: number };
}

export const audioRef = child(part('audio', { id: req(positive) }));

const badCodec = {
  ...refusedAs('unknown codec type'),
  missing: () => unsupported("unknown codec type: say 'duplex', 'micro' or 'output'"),
};

export const sound: ElementCodec<SoundDef> = elementOf<SoundDef>(
  'sound',
  {
    model: req(oneOf(...SOUND_MODELS)),
    codec: optList(part('codec', { type: req(oneOf('duplex', 'micro', 'output'), badCodec) })),
    audio: audioRef,
    ...deviceInfo,
  },
  {
    // Others have none.
    after(model) {
      if (model.model !== 'ich6' && model.model !== 'ich9') delete model.codec;
    },
  },
);
