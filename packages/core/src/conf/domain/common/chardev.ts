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
  yesNo,
} from '../../xml/index.js';
import { around } from './branches.js';
import { refusedAs, wrong } from './problems.js';
import { type DeviceLabelDef, deviceLabel } from './seclabel.js';
import { omit } from './omit.js';
import { type ReconnectDef, reconnect, unsaid } from './reconnect.js';

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

const mode = attr(oneOf('connect', 'bind'));

const fileSource = elementOf<CharFileSource>(
  'source',
  { path: attr(str), append: attr(onOff), seclabel: optList(deviceLabel) },
  omit,
);

/** What is there already is neither cut nor appended to. */
const deviceSource = elementOf<Omit<CharFileSource, 'append'>>(
  'source',
  { path: attr(str), seclabel: optList(deviceLabel) },
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

const plain = {};
const SOURCES = {
  null: plain,
  vc: plain,
  pty: { tty: attr(str).when('live'), source: child(ptySource) },
  dev: { source: child(deviceSource) },
  file: { source: child(fileSource) },
  pipe: { source: child(deviceSource) },
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
          reconnect: child(reconnect, unsaid),
        },
        {
          after(model) {
            model.mode ??= 'connect';
          },
        },
      ),
    ),
    protocol: child(protocol),
  },
  unix: {
    source: child(
      elementOf<CharUnixSource>(
        'source',
        { mode, path: attr(str), seclabel: optList(deviceLabel), reconnect: child(reconnect, unsaid) },
        {
          ...omit,
          before: (model) => (model.path === undefined ? undefined : { ...model, mode: model.mode ?? 'connect' }),
        },
      ),
    ),
  },
  spicevmc: plain,
  spiceport: { source: child(part('source', { channel: attr(str) }), { emptyIsAbsent: true }) },
  dbus: { source: child(part('source', { channel: attr(str) }), { emptyIsAbsent: true }) },
  nmdm: {
    source: child(part('source', { master: attr(str), slave: attr(str) }), { emptyIsAbsent: true }),
  },
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

const log = child(part('log', { file: attr(str), append: attr(onOff) }), { nothingWithout: 'file' });

/** virDomainChrSourceDefParseXML: what may stand once in a character device of any type, whether the type has use for it or not. */
const once = custom<never>({
  reason: 'parts that the type of the device has no use for are counted and looked at all the same',
  covers: {},
  decode(node) {
    for (const [name, most, many] of [
      [
        'source',
        node.attrs.type === 'udp' ? 2 : 1,
        node.attrs.type === 'udp' ? 'two source elements are' : 'one source element is',
      ],
      ['log', 1, 'one log element is'],
      ['protocol', 1, 'one protocol element is'],
    ] as const) {
      let found = 0;
      for (const child of node.children)
        if (child.name === name && child.ns === '' && ++found > most)
          throw wrong(`only ${many} allowed for character device`);
    }
    return undefined;
  },
});

/** The branches of an element that is the host's side of a character device, with fields before and after. */
export const aroundCharSource = (before: object, after: object): never =>
  around(SOURCES, { once, ...before }, { log, ...after });
