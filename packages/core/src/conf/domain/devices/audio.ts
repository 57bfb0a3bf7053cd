import {
  attr,
  child,
  type ElementCodec,
  elementOf,
  type Fields,
  oneOf,
  part,
  positive,
  req,
  str,
  uint,
  variants,
  yesNo,
} from '../../xml/index.js';
import { around } from '../common/branches.js';

/** virDomainAudioIOCommon */
export interface AudioChannelBase {
  mixingEngine?: boolean;
  fixedSettings?: boolean;
  voices?: number;
  bufferLength?: number;
  settings?: { frequency?: number; channels?: number; format?: 's8' | 'u8' | 's16' | 'u16' | 's32' | 'u32' | 'f32' };
}

/** One direction of a host's sound system; which of the attributes mean something depends on its type. */
export interface AudioChannelDef extends AudioChannelBase {
  dev?: string;
  bufferCount?: number;
  tryPoll?: boolean;
  name?: string;
  serverName?: string;
  clientName?: string;
  connectPorts?: string;
  exactName?: boolean;
  streamName?: string;
  latency?: number;
}

interface AudioBody {
  id: number;
  timerPeriod?: number;
  input?: AudioChannelDef;
  output?: AudioChannelDef;
}

/** virDomainAudioDef: a sound system of the host. */
export type AudioDef = AudioBody &
  (
    | { type: 'none' | 'alsa' | 'coreaudio' | 'jack' | 'spice' | 'dbus' }
    | { type: 'file'; path?: string }
    | { type: 'oss'; tryMMap?: boolean; exclusive?: boolean; dspPolicy?: number }
    | { type: 'pulseaudio'; serverName?: string; runtimeDir?: string }
    | { type: 'sdl'; driver?: 'esd' | 'alsa' | 'arts' | 'pulseaudio' }
  );

const common: Fields<AudioChannelBase> = {
  mixingEngine: attr(yesNo),
  fixedSettings: attr(yesNo),
  voices: attr(positive),
  bufferLength: attr(positive),
  settings: child(
    part(
      'settings',
      {
        frequency: attr(positive),
        channels: attr(positive),
        format: attr(oneOf('s8', 'u8', 's16', 'u16', 's32', 'u32', 'f32')),
      },
      { omitEmpty: true },
    ),
  ),
};

type Own = Partial<Record<keyof AudioChannelDef, object>>;

function directions(own: Own): object {
  const channel = (name: string) =>
    child(
      elementOf<AudioChannelDef>(name, { ...common, ...own } as unknown as Fields<AudioChannelDef>, {
        omitEmpty: true,
      }),
    );
  return { input: channel('input'), output: channel('output') };
}

const BRANCHES = {
  none: directions({}),
  alsa: directions({ dev: attr(str) }),
  coreaudio: directions({ bufferCount: attr(uint, { unset: 0 }) }),
  jack: directions({
    serverName: attr(str),
    clientName: attr(str),
    connectPorts: attr(str),
    exactName: attr(yesNo),
  }),
  oss: {
    tryMMap: attr(yesNo),
    exclusive: attr(yesNo),
    dspPolicy: attr(uint),
    ...directions({ dev: attr(str), bufferCount: attr(uint, { unset: 0 }), tryPoll: attr(yesNo) }),
  },
  pulseaudio: {
    serverName: attr(str),
    runtimeDir: attr(str),
    ...directions({ name: attr(str), streamName: attr(str), latency: attr(uint, { unset: 0 }) }),
  },
  sdl: {
    driver: attr(oneOf('esd', 'alsa', 'arts', 'pulseaudio')),
    ...directions({ bufferCount: attr(uint, { unset: 0 }) }),
  },
  spice: directions({}),
  dbus: directions({}),
  file: { path: attr(str), ...directions({}) },
};

export const audio: ElementCodec<AudioDef> = elementOf<AudioDef>(
  'audio',
  variants('type', around(BRANCHES, { timerPeriod: attr(positive) }, {}), { first: { id: req(positive) } } as object),
);
