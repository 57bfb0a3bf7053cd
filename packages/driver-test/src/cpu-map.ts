/** A CPU map of at least `bits` bits, lowest CPU in the lowest bit of the first byte. */
export function cpuMap(cpus: Iterable<number>, bits = 0): Uint8Array {
  const set = [...cpus];
  const map = new Uint8Array(Math.ceil(Math.max(bits, 1, ...set.map((cpu) => cpu + 1)) / 8));
  for (const cpu of set) map[cpu >> 3] = (map[cpu >> 3] as number) | (1 << (cpu & 7));
  return map;
}

/** The CPUs of a map that are below `limit`, ascending. */
export function cpusOf(map: Uint8Array, limit = Infinity): number[] {
  const cpus: number[] = [];
  const bits = Math.min(map.length * 8, limit);
  for (let cpu = 0; cpu < bits; cpu++) if (((map[cpu >> 3] as number) >> (cpu & 7)) & 1) cpus.push(cpu);
  return cpus;
}
