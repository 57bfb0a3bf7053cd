import type { DomainDef, GraphicsDef } from '@virtkit/core/conf';
import type { UndoStack } from '@virtkit/core/util';
import type { PortAllocator } from '../host/port-allocator.js';
import { configUnsupported } from '../errors.js';
import type { QemuHost } from '../host/qemu-host.js';

type Vnc = Extract<GraphicsDef, { type: 'vnc' }>;
type Spice = Extract<GraphicsDef, { type: 'spice' }>;

const listens = (graphics: GraphicsDef): graphics is Vnc | Spice =>
  (graphics.type === 'vnc' || graphics.type === 'spice') &&
  !graphics.listen.some(({ type }) => type === 'socket' || type === 'none');

const wantsPort = ({ autoport, port }: Vnc): boolean => autoport === true || port === undefined || port === -1;

/** qemuProcessSPICEAllocatePorts: the ports that a SPICE server is to be given, by what its channels ask for. */
export function spicePortNeeds(spice: Spice, hasTls: boolean): { plain: boolean; tls: boolean } {
  const { port, tlsPort, autoport, channel, defaultMode = 'any' } = spice;
  if (autoport !== true) return { plain: port === -1, tls: tlsPort === -1 };
  const modes = new Set<string>([defaultMode, ...channel.map(({ mode }) => mode)]);
  return {
    plain: modes.has('insecure') || defaultMode === 'any',
    tls: modes.has('secure') || (defaultMode === 'any' && hasTls),
  };
}

/** A copy in which every screen that is to have a port of our choice has one. */
export async function assignGraphicsPorts(host: QemuHost, def: DomainDef, undo: UndoStack): Promise<DomainDef> {
  const take = async (ports: PortAllocator): Promise<number> => {
    const port = await ports.acquire();
    undo.push(() => ports.release(port));
    return port;
  };
  const graphics: GraphicsDef[] = [];
  for (const one of def.devices.graphics) {
    if (!listens(one)) {
      graphics.push(one);
      continue;
    }
    if (one.type === 'spice') {
      const needs = spicePortNeeds(one, false);
      if (needs.tls)
        throw configUnsupported(
          'Auto allocation of spice TLS port requested but spice TLS is disabled in qemu.conf: name a tlsPort, or no secure channel',
        );
      // Screens of both kinds have their ports from one range.
      graphics.push(needs.plain ? { ...one, port: await take(host.vncPorts) } : one);
      continue;
    }
    const port = wantsPort(one) ? { port: await take(host.vncPorts) } : {};
    const websocket = one.websocket === -1 ? { websocket: await take(host.websocketPorts) } : {};
    graphics.push({ ...one, ...port, ...websocket });
  }
  return { ...def, devices: { ...def.devices, graphics } };
}

/** Calls `each` with every port that a guest's screens have, and where it is from. */
function forEachPort(host: QemuHost, { devices }: DomainDef, each: (ports: PortAllocator, port: number) => void): void {
  for (const one of devices.graphics) {
    if (one.type !== 'vnc' && one.type !== 'spice') continue;
    if (one.port !== undefined && one.port > 0) each(host.vncPorts, one.port);
    if (one.type === 'spice') continue;
    if (one.websocket !== undefined && one.websocket > 0) each(host.websocketPorts, one.websocket);
  }
}

/** The ports of a guest that was found running. */
export function takeGraphicsPorts(host: QemuHost, def: DomainDef): void {
  forEachPort(host, def, (ports, port) => ports.take(port));
}

/** The ports of a guest that has ended. */
export function releaseGraphicsPorts(host: QemuHost, def: DomainDef): void {
  forEachPort(host, def, (ports, port) => ports.release(port));
}
