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
  reqChild,
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
  size: reqChild(cacheSize('size'), { missing: () => wrong("missing element or attribute './size/@value'") }),
  line: reqChild(cacheSize('line'), { missing: () => wrong("missing element or attribute './line/@value'") }),
});

const cell: ElementCodec<NumaCellDef> = elementOf<NumaCellDef>('cell', {
  id: attr(uint),
  cpus: attr(bitmap, badBitmap),
  memory: scaledAttr('memory', 'KiB'),
  memAccess: attr(oneOf('shared', 'private')),
  discard: attr(yesNo),
  distances: child(
    part(
      'distances',
      { sibling: list(part('sibling', { id: req(uint), value: req(uint) })) },
      {
        after({ sibling }) {
          if (sibling.length === 0) throw wrong('NUMA distances defined without siblings');
        },
      },
    ),
  ),
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
  settleDistances(numa.cell);
  checkInterconnects(numa);
}

/** virDomainNumaDefParseXML's part about what lies between cells: all that they speak of is there. */
function checkInterconnects(numa: GuestNumaDef): void {
  const { latency = [], bandwidth = [] } = numa.interconnects ?? {};
  if (latency.length + bandwidth.length === 0) delete numa.interconnects;
  for (const { initiator, target, cache } of [...latency, ...bandwidth]) {
    if (initiator >= numa.cell.length) throw wrong("'initiator' refers to a non-existent NUMA node");
    if (target >= numa.cell.length) throw wrong("'target' refers to a non-existent NUMA node");
    if (cache && numa.cell[target]?.cache?.some(({ level }) => level === cache) !== true)
      throw wrong("'cache' refers to a non-existent NUMA node cache");
  }
}

/** How far a node is from itself: the measure of all others. */
const LOCAL_DISTANCE = 10;

/** virDomainNumaDefNodeDistanceParse: what is said of one direction holds for the other too, unless that is said as well. */
function settleDistances(cells: readonly NumaCellDef[]): void {
  const given = cells.map(({ distances }) => new Map(distances?.sibling.map(({ id, value }) => [id, value])));
  if (given.every((row) => row.size === 0)) return;
  const table = given.map((row) => new Map(row));
  const firsts = cells.map(
    ({ distances }) => new Map([...(distances?.sibling ?? [])].reverse().map(({ id, value }) => [id, value])),
  );
  given.forEach((row, from) => {
    for (const [to, value] of row) {
      const under = `under NUMA 'cell id ${from}'`;
      if (to >= cells.length)
        throw wrong(`'sibling_id ${to}' does not refer to a valid cell within NUMA 'cell id ${from}'`);
      if (value < LOCAL_DISTANCE || value > 255 || (to === from && value !== LOCAL_DISTANCE))
        throw wrong(`'value ${value}' is invalid for 'sibling id ${to}' ${under}`);
      const back = table[to] as Map<number, number>;
      if (!back.has(from)) back.set(from, firsts[from]?.get(to) ?? value);
      if (!back.has(to)) back.set(to, LOCAL_DISTANCE);
      table[from]?.set(from, LOCAL_DISTANCE);
    }
  });
  cells.forEach((item, place) => {
    const row = [...(table[place] as Map<number, number>)].sort(([a], [b]) => a - b);
    if (row.length > 0) item.distances = { sibling: row.map(([id, value]) => ({ id, value })) };
    else delete item.distances;
  });
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
