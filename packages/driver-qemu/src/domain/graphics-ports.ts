import type { DomainDef, GraphicsDef } from '@virtkit/core/conf';
import type { UndoStack } from '@virtkit/core/util';
import type { QemuHost } from '../host/qemu-host.js';

const wantsPort = (graphics: GraphicsDef) =>
  graphics.type === 'vnc' &&
  (graphics.autoport === true || graphics.port === undefined || graphics.port === -1) &&
  !graphics.listen.some(({ type }) => type === 'socket' || type === 'none');

/** A copy in which every screen that is to have a port of our choice has one. */
export async function assignGraphicsPorts(host: QemuHost, def: DomainDef, undo: UndoStack): Promise<DomainDef> {
  if (!def.devices.graphics.some(wantsPort)) return def;
  const graphics: GraphicsDef[] = [];
  for (const one of def.devices.graphics) {
    if (!wantsPort(one)) {
      graphics.push(one);
      continue;
    }
    const port = await host.vncPorts.acquire();
    undo.push(() => host.vncPorts.release(port));
    graphics.push({ ...one, port } as GraphicsDef);
  }
  return { ...def, devices: { ...def.devices, graphics } };
}

const portsOf = ({ devices }: DomainDef) =>
  devices.graphics.flatMap((one) => (one.type === 'vnc' && one.port !== undefined && one.port > 0 ? [one.port] : []));

/** The ports of a guest that was found running. */
export function takeGraphicsPorts(host: QemuHost, def: DomainDef): void {
  for (const port of portsOf(def)) host.vncPorts.take(port);
}

/** The ports of a guest that has ended. */
export function releaseGraphicsPorts(host: QemuHost, def: DomainDef): void {
  for (const port of portsOf(def)) host.vncPorts.release(port);
}
