import type { DomainDef } from '@virtkit/core/conf';

/** Enlightenments in the order in which they are written. */
const SWITCHES = [
  'relaxed',
  'vapic',
  'spinlocks',
  'vpindex',
  'runtime',
  'synic',
  'stimer',
  'reset',
  'vendor_id',
  'frequencies',
  'reenlightenment',
  'tlbflush',
  'ipi',
  'evmcs',
  'avic',
] as const;

/** Windows guests' enlightenments, as flags of the CPU. */
export function hypervWords(def: DomainDef): string[] {
  const { hyperv } = def.features ?? {};
  const words: string[] = [];
  const clock = def.clock.timer.find(({ name }) => name === 'hypervclock')?.present;
  if (clock === true) words.push('hv-time=on');
  if (hyperv === undefined) return words;
  if (hyperv.mode === 'passthrough') words.push('hv-passthrough=on');
  for (const name of SWITCHES) {
    const one = hyperv[name] as
      { state?: boolean; retries?: number; value?: string; direct?: { state: boolean } } | undefined;
    if (one?.state !== true) continue;
    const flag = `hv-${name.replaceAll('_', '-')}`;
    if (name === 'spinlocks') words.push(`${flag}=0x${(one.retries ?? 0).toString(16)}`);
    else if (name === 'vendor_id') words.push(`${flag}=${one.value ?? ''}`);
    else words.push(`${flag}=on`);
    if (name === 'stimer' && one.direct?.state === true) words.push(`hv-stimer-direct=on`);
  }
  return words;
}
