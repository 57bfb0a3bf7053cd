import { UsageError } from './usage-error.js';

/** `yy--`: a letter for each CPU, as virsh shows affinity. */
export function cpuLetters(map: Uint8Array, cpus: number): string {
  let text = '';
  for (let cpu = 0; cpu < cpus; cpu++) text += isSet(map, cpu) ? 'y' : '-';
  return text;
}

/** `0-3,5`, of at most `cpus` CPUs */
export function cpuRanges(map: Uint8Array, cpus = map.length * 8): string {
  const ranges: string[] = [];
  for (let cpu = 0; cpu < cpus; cpu++) {
    if (!isSet(map, cpu)) continue;
    const from = cpu;
    while (cpu + 1 < cpus && isSet(map, cpu + 1)) cpu++;
    ranges.push(from === cpu ? `${from}` : `${from}-${cpu}`);
  }
  return ranges.join(',');
}

function isSet(map: Uint8Array, cpu: number): boolean {
  return ((map[cpu >> 3] ?? 0) & (1 << (cpu & 7))) !== 0;
}

/** `0-3,^2,r` to a bitmap; `r` means all of `cpus`. */
export function parseCpuList(text: string, cpus: number): Uint8Array {
  const map = new Uint8Array((cpus + 7) >> 3);
  const put = (cpu: number, on: boolean): void => {
    if (cpu >= cpus) throw new UsageError(`CPU ${cpu} does not exist: this host has ${cpus}`);
    if (on) map[cpu >> 3]! |= 1 << (cpu & 7);
    else map[cpu >> 3]! &= ~(1 << (cpu & 7));
  };
  for (const part of text.split(',')) {
    if (part === 'r' || part === 'all') {
      for (let cpu = 0; cpu < cpus; cpu++) put(cpu, true);
      continue;
    }
    const [, not, from, to] = /^(\^?)(\d+)(?:-(\d+))?$/.exec(part.trim()) ?? [];
    if (from === undefined) throw new UsageError(`'${text}' is not a list of CPUs: write for example 0-3,^2`);
    for (let cpu = Number(from); cpu <= Number(to ?? from); cpu++) put(cpu, not === '');
  }
  return map;
}
