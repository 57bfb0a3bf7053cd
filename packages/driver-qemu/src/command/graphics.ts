import type { DomainDef, GraphicsDef, GraphicsListenDef, SpiceGraphics, VncGraphics } from '@virtkit/core/conf';
import { configUnsupported } from '../errors.js';
import { audioId } from './sound.js';
import { type ArgList, escapeComma } from './arg-list.js';
import type { CommandContext } from './context.js';
import { addSecret, addTlsCreds } from './secrets.js';

/** qemuBuildGraphicsCommandLine */
export function addGraphics(args: ArgList, def: DomainDef, context: CommandContext): void {
  const types = def.devices.graphics.map(({ type }) => type);
  if (new Set(types).size < types.length)
    throw configUnsupported('only 1 graphics device of each type (sdl, vnc, spice, headless, dbus) is supported');
  for (const graphics of def.devices.graphics) {
    switch (graphics.type) {
      case 'vnc':
        addVnc(args, def, context, graphics);
        break;
      case 'spice':
        addSpice(args, context, graphics);
        break;
      case 'sdl':
        addSdl(args, graphics);
        break;
      case 'egl-headless':
        args.add(
          '-display',
          `egl-headless${graphics.gl?.rendernode === undefined && !args.caps.has('egl-headless.rendernode') ? '' : `,rendernode=${escapeComma(graphics.gl?.rendernode ?? context.drmRenderNode())}`}`,
        );
        break;
      case 'dbus':
        addDbus(args, def, context, graphics);
        break;
      default:
        throw configUnsupported(`unsupported graphics type '${graphics.type}'`);
    }
  }
}

function addDbus(
  args: ArgList,
  def: DomainDef,
  context: CommandContext,
  { p2p, address, gl, audio }: Extract<GraphicsDef, { type: 'dbus' }>,
): void {
  const words = ['dbus', p2p === true ? 'p2p=on' : `addr=${escapeComma(address ?? context.dbusAddress())}`];
  if (gl?.enable !== undefined) words.push(`gl=${gl.enable ? 'on' : 'off'}`);
  if (gl?.enable === true) words.push(`rendernode=${escapeComma(gl.rendernode ?? context.drmRenderNode())}`);
  if (audio !== undefined) words.push(`audiodev=${audioId(def, audio.id)}`);
  args.add('-display', words.join(','));
}

function audioOf(def: DomainDef, graphics: GraphicsDef): string {
  const id = (graphics as { audio?: { id: number } }).audio?.id ?? def.devices.audio[0]?.id;
  return id === undefined ? '' : `,audiodev=audio${id}`;
}

const bracketed = (address: string): string => (address.includes(':') ? `[${address}]` : address);

/** The first thing listened on, with the address that qemu.conf says where the domain does not. */
function listenOf(
  listens: readonly GraphicsListenDef[],
  { listen, autoSocket }: { listen: string; autoSocket: boolean },
): { socket: string } | { address: string } | undefined {
  if (listens.length > 1) throw configUnsupported('QEMU does not support multiple listens for one graphics device.');
  const [first] = listens;
  switch (first?.type) {
    case 'socket':
      return { socket: first.socket ?? '' };
    case 'none':
      return undefined;
    case 'network':
    case 'address':
      if (first.address !== undefined) return { address: first.address };
      break;
    default:
  }
  return autoSocket && first?.type !== 'network' ? { socket: '' } : { address: listen };
}

function addVnc(args: ArgList, def: DomainDef, context: CommandContext, vnc: VncGraphics): void {
  const { caps } = args;
  const listen = listenOf(vnc.listen, context.vnc);
  const words: string[] = [];
  if (listen === undefined) words.push('none');
  else if ('socket' in listen) words.push(`vnc=unix:${escapeComma(listen.socket || `${context.dir}/vnc.sock`)}`);
  else {
    const port = vnc.port === -1 || (vnc.port === undefined && vnc.autoport === true) ? 5900 : (vnc.port ?? 0);
    if (port < 5900 || port > 65535) throw configUnsupported(`vnc port must be in range [5900,65535], not ${port}`);
    words.push(`${bracketed(listen.address)}:${port - 5900}`);
    if (vnc.websocket !== undefined && vnc.websocket !== 0) words.push(`websocket=${vnc.websocket}`);
  }
  if (vnc.sharePolicy !== undefined) words.push(`share=${vnc.sharePolicy}`);
  if (vnc.passwd !== undefined || context.vnc.password !== undefined) words.push('password=on');
  if (context.tls.vnc !== undefined) {
    const id = 'vnc-tls-creds0';
    const password = context.tls.vncSecret === true ? 'vnc-tls-creds0-secret0' : undefined;
    if (password !== undefined) addSecret(args, context, password);
    addTlsCreds(args, id, context.tls.vnc, 'server', context.vnc.verify, password);
    words.push(`tls-creds=${id}`);
  }
  if (context.vnc.sasl) words.push('sasl=on');
  if (vnc.powerControl !== undefined && caps.has('vnc-power-control'))
    words.push(`power-control=${vnc.powerControl ? 'on' : 'off'}`);
  args.add('-vnc', words.join(',') + audioOf(def, vnc));
  if (vnc.keymap !== undefined) args.add('-k', vnc.keymap);
}

const DEFAULT_MODE = { secure: 'tls-channel=default', insecure: 'plaintext-channel=default', any: undefined } as const;

/** Where certificates are looked for, unless qemu.conf says otherwise. */
const SPICE_TLS_DIR = '/etc/pki/qemu';

/** A channel needs a port of the kind that it goes over. */
function needConnection(has: { secure: boolean; insecure: boolean }, mode: string | undefined, what: string): void {
  if (mode === 'secure' && !has.secure)
    throw configUnsupported(`${what} in XML configuration, but TLS connection is not available`);
  if (mode === 'insecure' && !has.insecure)
    throw configUnsupported(`${what} in XML configuration, but plaintext connection is not available`);
}

function addSpice(args: ArgList, context: CommandContext, spice: SpiceGraphics): void {
  const { caps } = args;
  const listen = listenOf(spice.listen, context.spice);
  const words: string[] = [];
  const has = { secure: false, insecure: false };
  if (listen !== undefined && 'socket' in listen) {
    words.push('unix', `addr=${escapeComma(listen.socket || `${context.dir}/spice.sock`)}`);
    has.insecure = true;
  } else if (listen !== undefined) {
    const port = spice.port ?? (spice.autoport === true ? -1 : 0);
    const tlsPort = spice.tlsPort ?? 0;
    has.secure = tlsPort > 0;
    has.insecure = port > 0 || !has.secure;
    if (has.insecure) words.push(`port=${Math.max(port, 0)}`);
    if (has.secure) words.push(`tls-port=${tlsPort}`);
    words.push(`addr=${bracketed(listen.address).replace(/^\[|\]$/g, '')}`);
  } else words.push('port=0');
  if (context.spice.sasl) words.push('sasl=on');
  if (spice.mouse !== undefined) words.push(`agent-mouse=${spice.mouse.mode === 'server' ? 'off' : 'on'}`);
  if (spice.passwd === undefined && context.spice.password === undefined) words.push('disable-ticketing=on');
  if (has.secure) words.push(`x509-dir=${escapeComma(context.tls.spice ?? SPICE_TLS_DIR)}`);
  const mode = DEFAULT_MODE[spice.defaultMode ?? 'any'];
  if (mode !== undefined) {
    needConnection(has, spice.defaultMode, `spice defaultMode ${spice.defaultMode ?? ''} requested`);
    words.push(mode);
  }
  for (const { name, mode: channel } of spice.channel) {
    needConnection(has, channel, `spice ${channel} channels set`);
    if (channel === 'secure') words.push(`tls-channel=${name}`);
    else if (channel === 'insecure') words.push(`plaintext-channel=${name}`);
  }
  if (spice.image !== undefined) words.push(`image-compression=${spice.image.compression}`);
  if (spice.jpeg !== undefined) words.push(`jpeg-wan-compression=${spice.jpeg.compression}`);
  if (spice.zlib !== undefined) words.push(`zlib-glz-wan-compression=${spice.zlib.compression}`);
  if (spice.playback !== undefined) words.push(`playback-compression=${spice.playback.compression ? 'on' : 'off'}`);
  if (spice.streaming !== undefined) words.push(`streaming-video=${spice.streaming.mode}`);
  if (spice.clipboard?.copypaste === false) words.push('disable-copy-paste=on');
  if (spice.filetransfer?.enable === false) words.push('disable-agent-file-xfer=on');
  if (spice.gl?.enable === true) {
    words.push('gl=on');
    if (caps.has('spice-rendernode'))
      words.push(`rendernode=${escapeComma(spice.gl.rendernode ?? context.drmRenderNode())}`);
  }
  // So that a viewer follows its guest to another host.
  words.push('seamless-migration=on');
  args.add('-spice', words.join(','));
  if (spice.keymap !== undefined) args.add('-k', spice.keymap);
}

function addSdl(args: ArgList, sdl: Extract<GraphicsDef, { type: 'sdl' }>): void {
  const gl = sdl.gl?.enable === undefined ? '' : `,gl=${sdl.gl.enable ? 'on' : 'off'}`;
  if (sdl.fullscreen === true) args.add('-full-screen');
  args.add('-display', `sdl${gl}`);
}

/** Where no display is wanted QEMU must be told so. */
export function addNoDisplay(args: ArgList, def: DomainDef): void {
  if (def.devices.graphics.length === 0) args.add('-display', 'none');
}
