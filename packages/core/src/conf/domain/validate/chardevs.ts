import type { CharSource } from '../common/chardev.js';
import { internal, wrong } from '../common/problems.js';
import type { DomainDef } from '../domain-def.js';

/** virDomainChrSourceDefValidate for every device that has one. */
export function checkChardevs({ devices }: DomainDef): void {
  const { serial, parallel, console: consoles, channel, redirdev, smartcard, rng } = devices;
  for (const device of [...serial, ...parallel, ...consoles, ...channel, ...redirdev]) checkSource(device);
  for (const card of smartcard) if (card.mode === 'passthrough') checkSource(card);
  for (const { backend } of rng) if (backend.model === 'egd') checkSource(backend);
}

function checkSource(device: CharSource): void {
  switch (device.type) {
    case 'dev':
    case 'file':
    case 'pipe':
      if (device.source?.path === undefined) throw internal('Missing source path attribute for char device');
      break;
    case 'tcp':
      if (device.source?.host === undefined) throw internal('Missing source host attribute for char device');
      if (device.source.service === undefined) throw internal('Missing source service attribute for char device');
      if (device.source.mode === 'bind' && device.source.reconnect !== undefined) throw reconnecting();
      break;
    case 'udp':
      if (device.source?.find(({ mode }) => mode === 'connect')?.service === undefined)
        throw internal('Missing source service attribute for char device');
      break;
    case 'unix':
      if (device.source?.path === undefined) {
        if (!('target' in device)) throw internal('Missing source path attribute for char device');
      } else if (device.source.mode === 'bind' && device.source.reconnect !== undefined) throw reconnecting();
      break;
    case 'spiceport':
      if (device.source === undefined) throw wrong('Missing source channel attribute for char device');
      break;
  }
}

const reconnecting = (): ReturnType<typeof internal> => internal('chardev reconnect is possible only for connect mode');
