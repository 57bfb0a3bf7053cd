import {
  attr,
  attrOr,
  child,
  childrenOf,
  custom,
  elementOf,
  oneOf,
  onOff,
  optList,
  part,
  req,
  str,
  variants,
  yesNo,
} from '../../xml/index.js';
import { around } from './branches.js';
import { refusedAs, wrong } from './problems.js';
import { type DeviceLabelDef, deviceLabel } from './seclabel.js';
import { type ReconnectDef, reconnect } from './storage-source.js';

export interface CharFileSource {
  path?: string;
  append?: boolean;
  seclabel?: DeviceLabelDef[];
}
export interface CharTcpSource {
  mode: 'connect' | 'bind';
  host?: string;
  service?: string;
  tls?: boolean;
  reconnect?: ReconnectDef;
}
export interface CharUdpSource {
  mode: 'connect' | 'bind';
  host?: string;
  service?: string;
}
export interface CharUnixSource {
  mode?: 'connect' | 'bind';
  path?: string;
  seclabel?: DeviceLabelDef[];
  reconnect?: ReconnectDef;
}
export interface CharProtocolDef {
  type: 'raw' | 'telnet' | 'telnets' | 'tls';
}

/** virDomainChrSourceDef: the host's side of a character device. */
export type CharSource = { log?: { file: string; append?: boolean } } & (
  | { type: 'null' | 'vc' | 'stdio' | 'spicevmc' }
  | { type: 'pty'; source?: CharFileSource; tty?: string }
  | { type: 'dev' | 'file' | 'pipe'; source?: CharFileSource }
  | { type: 'udp'; source?: CharUdpSource[] }
  | { type: 'tcp'; source?: CharTcpSource; protocol?: CharProtocolDef }
  | { type: 'unix'; source?: CharUnixSource }
  | { type: 'spiceport' | 'dbus'; source?: { channel: string } }
  | { type: 'nmdm'; source?: { master: string; slave: string } }
  | {
      type: 'qemu-vdagent';
      source?: { clipboard?: { copypaste: boolean }; mouse?: { mode: 'server' | 'client' } };
    }
);

export type CharType = CharSource['type'];

const mode = attr(oneOf('connect', 'bind'));
const omit = { omitEmpty: true } as const;

const fileSource = elementOf<CharFileSource>(
  'source',
  { path: attr(str), append: attr(onOff), seclabel: optList(deviceLabel) },
  omit,
);

const udpSource = elementOf<CharUdpSource>(
  'source',
  { mode: mode as never, host: attr(str), service: attr(str) },
  {
    after(model) {
      model.mode ??= 'connect';
    },
  },
);

/** Of several sources the later one wins for a mode; libvirt reads host and service of each mode apart. */
const udpSources = custom<CharUdpSource[]>({
  reason: 'up to two sources, of which the one that binds is written first',
  covers: { elements: [udpSource] },
  decode(node, context) {
    const sources = childrenOf(node, 'source');
    if (sources.length > 2) throw wrong('only two source elements are allowed for character device');
    const models = sources.map((source) => udpSource.decode(source, context));
    return models.length === 0 ? undefined : models;
  },
  body(models, depth, context) {
    const ordered = [...models].sort((a, b) => Number(b.mode === 'bind') - Number(a.mode === 'bind'));
    return ordered
      .filter((model) => model.host !== undefined || model.service !== undefined)
      .map((model) => udpSource.encode(model, depth, context))
      .join('');
  },
});

const protocol = part('protocol', {
  type: attrOr(oneOf('raw', 'telnet', 'telnets', 'tls'), 'raw', refusedAs('Unknown protocol')),
});

/** Only running domains tell which terminal the host has given. */
const ptySource = elementOf<CharFileSource>(
  'source',
  { path: attr(str).when('live'), append: attr(onOff).when('live'), seclabel: optList(deviceLabel).when('live') },
  omit,
);

const oneSource = { twice: () => wrong('only one source element is allowed for character device') };

const plain = {};
const SOURCES = {
  null: plain,
  vc: plain,
  pty: { tty: attr(str).when('live'), source: child(ptySource, oneSource) },
  dev: { source: child(fileSource, oneSource) },
  file: { source: child(fileSource, oneSource) },
  pipe: { source: child(fileSource, oneSource) },
  stdio: plain,
  udp: { source: udpSources },
  tcp: {
    source: child(
      elementOf<CharTcpSource>(
        'source',
        {
          mode: mode as never,
          host: attr(str),
          service: attr(str),
          tls: attr(yesNo),
          reconnect: child(reconnect),
        },
        {
          after(model) {
            model.mode ??= 'connect';
          },
        },
      ),
    ),
    protocol: child(protocol, { twice: () => wrong('only one protocol element is allowed for character device') }),
  },
  unix: {
    source: child(
      elementOf<CharUnixSource>(
        'source',
        { mode, path: attr(str), seclabel: optList(deviceLabel), reconnect: child(reconnect) },
        {
          ...omit,
          before: (model) => (model.path === undefined ? undefined : { ...model, mode: model.mode ?? 'connect' }),
        },
      ),
    ),
  },
  spicevmc: plain,
  spiceport: { source: child(part('source', { channel: req(str) }), oneSource) },
  dbus: { source: child(part('source', { channel: req(str) }), oneSource) },
  nmdm: { source: child(part('source', { master: req(str), slave: req(str) }), oneSource) },
  'qemu-vdagent': {
    source: child(
      part(
        'source',
        {
          clipboard: child(part('clipboard', { copypaste: req(yesNo) })),
          mouse: child(part('mouse', { mode: req(oneOf('server', 'client')) })),
        },
        omit,
      ),
    ),
  },
};

const log = child(part('log', { file: req(str), append: attr(onOff) }), {
  twice: () => wrong('only one log element is allowed for character device'),
});

/** The branches of an element that is the host's side of a character device, with fields before and after. */
export const aroundCharSource = (before: object, after: object): never => around(SOURCES, before, { log, ...after });

/** The same as a set of fields after some other tag: `<backend model='egd' type='tcp'>`. */
export const charSourceVariants = variants<CharSource, 'type'>('type', aroundCharSource({}, {}));
