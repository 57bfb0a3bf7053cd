import type { DomainDef, SerialDef } from '@virtkit/core/conf';

/** Ports that the board has, which are only connected. */
const BUILTIN = new Set(['pl011', '16550a']);

/** True for a port that is part of the board rather than a device of its own. */
export function serialIsBuiltin(_def: DomainDef, { target }: SerialDef): boolean {
  return (target?.model !== undefined && BUILTIN.has(target.model.name)) || target?.type === undefined;
}
