import {
  attr,
  child,
  type ElementCodec,
  elementOf,
  list,
  oneOf,
  optList,
  part,
  readScaled,
  req,
  reqCustom,
  str,
  uint,
  unitFactor,
  yesNo,
  formatAttr,
  missingAttribute,
  type XmlNode,
} from '../xml/index.js';
import { bitmap } from './common/bitmap.js';
import { badBitmap, wrong } from './common/problems.js';

export interface NumaCacheDef {
  level: number;
  associativity: 'none' | 'direct' | 'full';
  policy: 'none' | 'writeback' | 'writethrough';
  size: { value: number; unit: string };
  line: { value: number; unit: string };
}

export interface NumaCellDef {
  id?: number;
  cpus?: string;
  /** KiB */
  memory: number;
  memAccess?: 'shared' | 'private';
  discard?: boolean;
  distances?: { sibling: { id: number; value: number }[] };
  cache?: NumaCacheDef[];
}

export interface InterconnectDef {
  initiator: number;
  target: number;
  cache?: number;
  type: 'access' | 'read' | 'write';
  value: number;
}

export interface GuestNumaDef {
  cell: NumaCellDef[];
  interconnects?: { latency?: InterconnectDef[]; bandwidth?: InterconnectDef[] };
}

/** A number in one attribute whose unit stands in another. */
export function scaledAttr(name: string, unit: string) {
  const factor = unitFactor(unit) as number;
  return reqCustom<number>({
    reason: 'value and unit are two attributes of one number',
    covers: { attributes: [name, 'unit'] },
    decode(node: XmlNode) {
      const text = node.attrs[name];
      if (text === undefined) throw missingAttribute(node, name);
      return readScaled(node, text, 'KiB', factor, {
        invalid: () => wrong(`could not parse attribute '${name}' of <${node.name}>: '${text}'`),
      });
    },
    attrs: (value) => `${formatAttr(name, value)} unit='${unit}'`,
  });
}

/** Cache sizes are written in the unit that fits best, as they came. */
const cacheSize = (name: string) => part(name, { value: req(uint), unit: req(str) });

/** `<cache>` of a NUMA cell, a guest's or the host's: a cache on the side of its memory. */
export const numaCache: ElementCodec<NumaCacheDef> = elementOf<NumaCacheDef>('cache', {
  level: req(uint),
  associativity: req(oneOf('none', 'direct', 'full')),
  policy: req(oneOf('none', 'writeback', 'writethrough')),
  size: { ...child(cacheSize('size')), optional: false } as never,
  line: { ...child(cacheSize('line')), optional: false } as never,
});

const cell: ElementCodec<NumaCellDef> = elementOf<NumaCellDef>('cell', {
  id: attr(uint),
  cpus: attr(bitmap, badBitmap),
  memory: scaledAttr('memory', 'KiB'),
  memAccess: attr(oneOf('shared', 'private')),
  discard: attr(yesNo),
  distances: child(part('distances', { sibling: list(part('sibling', { id: req(uint), value: req(uint) })) })),
  cache: optList(numaCache),
});

const interconnect = {
  initiator: req(uint),
  target: req(uint),
  cache: attr(uint),
  type: req(oneOf('access', 'read', 'write')),
};

/** `<interconnects>`: how fast processors reach memory, of a guest or the host. */
export const numaInterconnects: ElementCodec<NonNullable<GuestNumaDef['interconnects']>> = part(
  'interconnects',
  {
    latency: optList(elementOf<InterconnectDef>('latency', { ...interconnect, value: req(uint) })),
    bandwidth: optList(elementOf<InterconnectDef>('bandwidth', { ...interconnect, value: scaledAttr('value', 'KiB') })),
  },
  { omitEmpty: true },
);

/** Cells are kept in the order of their numbers; one without a number has that of its place. */
function orderCells(numa: GuestNumaDef): void {
  numa.cell.forEach((item, place) => {
    item.id ??= place;
  });
  const ids = new Set(numa.cell.map(({ id }) => id));
  if (ids.size !== numa.cell.length || numa.cell.some(({ id }) => (id as number) >= numa.cell.length))
    throw wrong(
      "Exactly one 'cell' element per guest NUMA cell allowed, non-contiguous ranges or ranges not starting from 0 are not allowed",
    );
  numa.cell.sort((a, b) => (a.id as number) - (b.id as number));
}

/** virDomainNumaDefFormatXML */
export const guestNuma: ElementCodec<GuestNumaDef> = elementOf<GuestNumaDef>(
  'numa',
  {
    cell: list(cell),
    interconnects: child(numaInterconnects),
  },
  { omitEmpty: true, after: orderCells },
);
