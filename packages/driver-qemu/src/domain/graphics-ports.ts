import type { DomainDef, GraphicsDef } from '@virtkit/core/conf';
import type { UndoStack } from '@virtkit/core/util';
import type { PortAllocator } from '../host/port-allocator.js';
import type { QemuHost } from '../host/qemu-host.js';

type Vnc = Extract<GraphicsDef, { type: 'vnc' }>;

const listens = (graphics: GraphicsDef): graphics is Vnc =>
  graphics.type === 'vnc' && !graphics.listen.some(({ type }) => type === 'socket' || type === 'none');

const wantsPort = ({ autoport, port }: Vnc): boolean => autoport === true || port === undefined || port === -1;

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
    const port = wantsPort(one) ? { port: await take(host.vncPorts) } : {};
    const websocket = one.websocket === -1 ? { websocket: await take(host.websocketPorts) } : {};
    graphics.push({ ...one, ...port, ...websocket });
  }
  return { ...def, devices: { ...def.devices, graphics } };
}

/** Calls `each` with every port that a guest's screens have, and where it is from. */
function forEachPort(host: QemuHost, { devices }: DomainDef, each: (ports: PortAllocator, port: number) => void): void {
  for (const one of devices.graphics) {
    if (one.type !== 'vnc') continue;
    if (one.port !== undefined && one.port > 0) each(host.vncPorts, one.port);
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
