import {
  attr,
  child,
  childrenOf,
  type ConfContext,
  type ElementCodec,
  elementOf,
  type Fields,
  formatAttr,
  int,
  intWith,
  isLive,
  isUnmigratable,
  list,
  oneOf,
  onOff,
  part,
  reqCustom,
  refined,
  req,
  str,
  variants,
  type XmlNode,
  yesElse,
  yesNo,
} from '../../xml/index.js';
import { internal, refusedAsPlain, unsupported, wrong } from '../common/problems.js';
import { audioRef } from './sound.js';

/** virDomainGraphicsListenDef */
export type GraphicsListenDef =
  | { type: 'none' }
  | { type: 'address'; address?: string }
  | { type: 'network'; network: string; address?: string }
  | { type: 'socket'; socket?: string };

interface GraphicsAuth {
  passwd?: string;
  passwdValidTo?: string;
  connected?: 'keep' | 'disconnect' | 'fail';
}

export interface GlDef {
  enable?: boolean;
  rendernode?: string;
}

const SPICE_CHANNELS = ['main', 'display', 'inputs', 'cursor', 'playback', 'record', 'smartcard', 'usbredir'] as const;
const CHANNEL_MODES = ['any', 'secure', 'insecure'] as const;

/** What a guest's screen is shown through; see {@link GraphicsDef}. */
export interface VncGraphics extends GraphicsAuth {
  type: 'vnc';
  /** -1 for one that is chosen at start. */
  port?: number;
  autoport?: boolean;
  websocket?: number;
  keymap?: string;
  sharePolicy?: 'ignore' | 'allow-exclusive' | 'force-shared';
  powerControl?: boolean;
  listen: GraphicsListenDef[];
  audio?: { id: number };
}

export interface SpiceGraphics extends GraphicsAuth {
  type: 'spice';
  port?: number;
  tlsPort?: number;
  autoport?: boolean;
  defaultMode?: (typeof CHANNEL_MODES)[number];
  keymap?: string;
  listen: GraphicsListenDef[];
  channel: { name: (typeof SPICE_CHANNELS)[number]; mode: (typeof CHANNEL_MODES)[number] }[];
  image?: { compression: 'auto_glz' | 'auto_lz' | 'quic' | 'glz' | 'lz' | 'off' };
  jpeg?: { compression: 'auto' | 'never' | 'always' };
  zlib?: { compression: 'auto' | 'never' | 'always' };
  playback?: { compression: boolean };
  streaming?: { mode: 'filter' | 'all' | 'off' };
  mouse?: { mode: 'server' | 'client' };
  clipboard?: { copypaste: boolean };
  filetransfer?: { enable: boolean };
  gl?: GlDef;
}

/** virDomainGraphicsDef */
export type GraphicsDef =
  | VncGraphics
  | SpiceGraphics
  | { type: 'sdl'; display?: string; xauth?: string; fullscreen?: boolean; gl?: GlDef }
  | {
      type: 'rdp';
      port?: number;
      autoport?: boolean;
      replaceUser?: boolean;
      multiUser?: boolean;
      listen: GraphicsListenDef[];
    }
  | { type: 'desktop'; display?: string; fullscreen?: boolean }
  | { type: 'egl-headless'; gl?: { rendernode?: string } }
  | { type: 'dbus'; p2p?: boolean; address?: string; gl?: GlDef; audio?: { id: number } };

const portOf = (kind: string, options: { unset?: number } = {}) =>
  attr(intWith({}), { ...options, invalid: (value) => internal(`cannot parse ${kind} port ${value}`) });

const listenElement = elementOf<GraphicsListenDef>(
  'listen',
  variants('type', {
    none: {},
    address: { address: attr(str) },
    network: {
      network: req(str, { missing: () => wrong("'network' attribute is required for listen type 'network'") }),
      address: attr(str).when('live'),
    },
    socket: { socket: attr(str) },
  }),
);

/** An attribute of `<graphics>` must say the same as the first `<listen>`. */
function mustMatch(name: string, given: string | undefined, inner: string, found: string | undefined): void {
  if (given !== undefined && given !== found)
    throw unsupported(
      `graphics '${name}' attribute '${given}' must match '${inner}' attribute of first listen element (found '${found ?? 'none'}')`,
    );
}

function readListens(node: XmlNode, context: ConfContext): GraphicsListenDef[] {
  const listens = childrenOf(node, 'listen').map((child) => listenElement.decode(child, context));
  const { listen, socket } = node.attrs;
  const [first] = listens;
  const isVnc = node.attrs.type === 'vnc';
  if (isVnc && socket && first !== undefined && first.type !== 'socket') return [{ type: 'socket', socket }];
  if (first === undefined)
    return isVnc && socket
      ? [{ type: 'socket', socket }]
      : [listen ? { type: 'address', address: listen } : { type: 'address' }];
  if (first.type === 'address') {
    if (listen !== undefined && listen !== '' && first.address === undefined) first.address = listen;
    mustMatch('listen', listen === '' ? undefined : listen, 'address', first.address);
  }
  if (isVnc && first.type === 'socket') {
    if (socket !== undefined && first.socket === undefined) first.socket = socket;
    mustMatch('socket', socket, 'socket', first.socket);
  }
  return listens;
}

/** Whether old hosts know another word for a listener, which is written besides. */
const isOldWord = (item: GraphicsListenDef, withSocket: boolean): boolean =>
  item.type === 'none' || (withSocket && item.type === 'socket' && item.socket !== undefined);

/** `<listen>` elements, and the attribute that repeats the first one for old readers. */
const listenField = (withSocket: boolean) =>
  reqCustom<GraphicsListenDef[]>({
    reason: 'the first <listen> stands in an attribute of <graphics> as well',
    covers: { attributes: ['listen', 'socket'], elements: [listenElement] },
    decode: readListens,
    attrs([first], context) {
      if (first === undefined) return '';
      if (first.type === 'socket') return withSocket ? formatAttr('socket', first.socket) : '';
      if (first.type === 'address') return formatAttr('listen', first.address);
      return first.type === 'network' && isLive(context) ? formatAttr('listen', first.address) : '';
    },
    body: (listens, depth, context) =>
      listens
        .filter((item) => isUnmigratable(context) || !isOldWord(item, withSocket))
        .map((item) => listenElement.encode(item, depth, context))
        .join(''),
  });

const listen = listenField(false);

const validityTime = refined(
  str,
  (text) => (/^\d{4}-\d\d?-\d\d?T\d\d?:\d\d?:\d\d?$/.test(text) ? text : undefined),
  'YYYY-MM-DDTHH:MM:SS',
);

const auth: Fields<GraphicsAuth> = {
  passwd: attr(str).when('secure'),
  passwdValidTo: attr(validityTime, {
    invalid: (value) => internal(`cannot parse password validity time '${value}', expect YYYY-MM-DDTHH:MM:SS`),
  }),
  connected: attr(oneOf('keep', 'disconnect', 'fail'), refusedAsPlain('unknown connected value ')),
};

const gl = child(part('gl', { enable: attr(yesNo), rendernode: attr(str) }, { omitEmpty: true }));
const compression = <const T extends string>(name: string, ...values: readonly T[]) =>
  child(part(name, { compression: req(oneOf(...values)) }));

export const graphics: ElementCodec<GraphicsDef> = elementOf<GraphicsDef>(
  'graphics',
  variants('type', {
    sdl: { display: attr(str), xauth: attr(str), fullscreen: attr(yesNo), gl },
    vnc: {
      port: portOf('vnc'),
      autoport: attr(yesElse),
      websocket: attr(intWith({}), {
        unset: 0,
        invalid: (value) => internal(`cannot parse vnc WebSocket port ${value}`),
      }),
      listen: listenField(true),
      keymap: attr(str),
      sharePolicy: attr(oneOf('ignore', 'allow-exclusive', 'force-shared')),
      ...auth,
      powerControl: attr(yesNo),
      audio: audioRef,
    },
    rdp: { port: portOf('rdp'), autoport: attr(yesElse), replaceUser: attr(yesNo), multiUser: attr(yesNo), listen },
    desktop: { display: attr(str), fullscreen: attr(yesNo) },
    spice: {
      port: attr(int, { unset: 0 }),
      tlsPort: attr(int, { unset: 0 }),
      autoport: attr(yesElse),
      listen,
      defaultMode: attr(oneOf(...CHANNEL_MODES)),
      keymap: attr(str),
      ...auth,
      channel: list(part('channel', { name: req(oneOf(...SPICE_CHANNELS)), mode: req(oneOf(...CHANNEL_MODES)) })),
      image: compression('image', 'auto_glz', 'auto_lz', 'quic', 'glz', 'lz', 'off'),
      jpeg: compression('jpeg', 'auto', 'never', 'always'),
      zlib: compression('zlib', 'auto', 'never', 'always'),
      playback: child(part('playback', { compression: req(onOff) })),
      streaming: child(part('streaming', { mode: req(oneOf('filter', 'all', 'off')) })),
      mouse: child(part('mouse', { mode: req(oneOf('server', 'client')) })),
      clipboard: child(part('clipboard', { copypaste: req(yesNo) })),
      filetransfer: child(part('filetransfer', { enable: req(yesNo) })),
      gl,
    },
    'egl-headless': { gl: child(part('gl', { rendernode: attr(str) }, { omitEmpty: true })) },
    dbus: { p2p: attr(yesNo), address: attr(str), gl, audio: audioRef },
  }),
  { after: settlePorts, before: shownPorts },
);

/** A port of -1, and for VNC an absent one, means that one is chosen at start. */
function settlePorts(model: GraphicsDef, _node: XmlNode, context: ConfContext): void {
  if (model.type === 'vnc') {
    if (model.listen[0]?.type === 'socket' || model.listen[0]?.type === 'none') return;
    model.autoport = model.autoport ?? (model.port === undefined || model.port === -1);
    if (model.port === -1) model.autoport = true;
    if (model.autoport && (!isLive(context) || model.port === undefined)) model.port = -1;
  } else if (model.type === 'spice') {
    model.autoport = model.autoport === true || model.port === -1 || model.tlsPort === -1;
    if (model.autoport && !isLive(context)) {
      delete model.port;
      delete model.tlsPort;
    }
    const [first] = model.listen;
    const portless = !model.autoport && !model.port && !model.tlsPort;
    // A server without any port listens nowhere.
    if (portless && (first?.type === 'address' || first?.type === 'network')) model.listen = [{ type: 'none' }];
    model.channel = model.channel.filter(({ mode }) => mode !== 'any');
    if (model.defaultMode === 'any') delete model.defaultMode;
  } else if (model.type === 'rdp') {
    model.autoport = model.autoport === true || model.port === -1;
    if (model.autoport && !isLive(context)) delete model.port;
  }
}

function shownPorts(model: GraphicsDef, context: ConfContext): GraphicsDef {
  const noPort = 'listen' in model && (model.listen[0]?.type === 'socket' || model.listen[0]?.type === 'none');
  if (model.type === 'vnc') {
    if (noPort) {
      const { port: _port, autoport: _autoport, websocket: _websocket, ...rest } = model;
      return rest;
    }
    return model.autoport === true && !isLive(context) && model.port !== -1 ? { ...model, port: -1 } : model;
  }
  if (model.type === 'spice') {
    if (!noPort && !(model.autoport === true && !isLive(context))) return model;
    const { port: _port, tlsPort: _tlsPort, ...rest } = model;
    if (noPort) delete rest.autoport;
    // Hosts that know no <listen type='none'> take a server without ports for one that listens nowhere.
    if (model.listen[0]?.type === 'none' && !isUnmigratable(context)) rest.autoport = false;
    return rest;
  }
  return model;
}
