import type { DomainDef, RngDef } from '@virtkit/core/conf';
import type { ArgList } from './arg-list.js';
import { addChardev } from './chardevs.js';
import type { CommandContext } from './context.js';
import { addressProps } from './device-address.js';
import { virtioProps } from './virtio.js';

export function addRngs(args: ArgList, def: DomainDef, context: CommandContext): void {
  for (const rng of def.devices.rng) {
    const alias = rng.alias?.name ?? '';
    addRngBackend(args, context, rng, alias);
    args.device({
      ...virtioProps('virtio-rng', rng, args.caps, rng.model, rng.driver),
      rng: `obj${alias}`,
      id: alias,
      ...(rng.rate?.bytes && { 'max-bytes': rng.rate.bytes, period: rng.rate.period || 1000 }),
      ...addressProps(def, rng),
    });
  }
}

function addRngBackend(args: ArgList, context: CommandContext, { backend }: RngDef, alias: string): void {
  const id = `obj${alias}`;
  switch (backend.model) {
    case 'random':
      args.object({ 'qom-type': 'rng-random', id, filename: backend.path ?? '/dev/urandom' });
      return;
    case 'egd':
      addChardev(args, context, backend, `char${alias}`);
      args.object({ 'qom-type': 'rng-egd', id, chardev: `char${alias}` });
      return;
    case 'builtin':
      args.object({ 'qom-type': 'rng-builtin', id });
  }
}

export function addCryptos(args: ArgList, def: DomainDef): void {
  for (const crypto of def.devices.crypto) {
    const alias = crypto.alias?.name ?? '';
    args.object({
      'qom-type': crypto.backend.model === 'lkcf' ? 'cryptodev-backend-lkcf' : 'cryptodev-backend-builtin',
      id: `obj${alias}`,
      ...(crypto.backend.queues !== undefined && { queues: crypto.backend.queues }),
    });
    args.device({
      ...virtioProps('virtio-crypto', crypto, args.caps, crypto.model, crypto.driver),
      cryptodev: `obj${alias}`,
      id: alias,
      ...addressProps(def, crypto),
    });
  }
}
