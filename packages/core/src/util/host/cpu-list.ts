/** The kernel's lists of processors, `0-3,8`: ascending numbers. */
export function parseCpuList(text: string): number[] {
  const cpus: number[] = [];
  for (const item of text.split(',')) {
    const match = /^(\d+)(?:-(\d+))?$/.exec(item.trim());
    if (match === null) continue;
    for (let cpu = Number(match[1]); cpu <= Number(match[2] ?? match[1]); cpu++) cpus.push(cpu);
  }
  return cpus.sort((a, b) => a - b);
}

/** The same the other way. */
export function formatCpuList(cpus: readonly number[]): string {
  const ranges: string[] = [];
  for (let i = 0; i < cpus.length; i++) {
    const first = cpus[i]!;
    while (cpus[i + 1] === cpus[i]! + 1) i++;
    ranges.push(first === cpus[i] ? String(first) : `${first}-${cpus[i]}`);
  }
  return ranges.join(',');
}

/** virBitmapToData: one bit for each of `count` processors, the lowest first. */
export function cpuBitmap(cpus: Iterable<number>, count: number): Uint8Array {
  const map = new Uint8Array((count + 7) >>> 3);
  for (const cpu of cpus) if (cpu < count) map[cpu >>> 3]! |= 1 << (cpu & 7);
  return map;
}
