import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { type Call, player, type Seen, watch } from './support/calls.js';
import { testHost } from './support/open.js';

const PYTHON = '/usr/bin/python3';
const hasLibvirt = spawnSync(PYTHON, ['-c', 'import libvirt']).status === 0;

/** The same calls with the same answers, whatever their order: random sequences, played to libvirt too. */
describe.skipIf(!hasLibvirt)('beside libvirt itself (needs python3-libvirt)', () => {
  it.each([1, 2, 3, 4])(
    'random calls, seed %d',
    async (seed) => {
      const random = generator(seed);
      const sequences = Array.from({ length: 15 }, () => Array.from({ length: 60 }, () => randomCall(random)));
      const peer = spawnSync(PYTHON, [fileURLToPath(new URL('support/oracle.py', import.meta.url))], {
        input: JSON.stringify(sequences),
        encoding: 'utf8',
        maxBuffer: 1 << 28,
      });
      expect(peer.status, peer.stderr).toBe(0);
      const expected = JSON.parse(peer.stdout) as { said: unknown[]; seen: Seen }[];
      for (const [i, sequence] of sequences.entries()) {
        const host = await testHost();
        const connect = await host.open('test:///default');
        const seen = await watch(connect);
        const play = player(connect);
        const done: Call[] = [];
        for (const [j, call] of sequence.entries()) {
          done.push(call);
          expect({ call, said: await play(call) }, JSON.stringify(done)).toEqual({ call, said: expected[i]?.said[j] });
        }
        await new Promise(setImmediate);
        expect(seen, JSON.stringify(done)).toEqual(expected[i]?.seen);
        await host.close();
      }
    },
    60_000,
  );
});

/** Mulberry32: the same numbers for the same seed. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

function randomCall(random: () => number): Call {
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
  const uuid = (): string => `6695eb01-f6a4-8304-79aa-97f2502e190${pick([1, 2, 3])}`;
  const domain = (): string => pick(['a', 'b', 'test']);
  const snapshot = (): string => pick(['s1', 's2', 's3']);
  const flags = (): number => pick([0, 0, 0, 1, 2, 3]);
  const xml = (): string => {
    const name = pick(['a', 'b']);
    const id = random() < 0.8 ? `6695eb01-f6a4-8304-79aa-97f2502e190${name === 'a' ? 1 : 2}` : uuid();
    return `<domain type='test'><name>${name}</name><uuid>${id}</uuid><memory>${pick([1000, 2000])}</memory>
      <vcpu current='${pick([1, 2])}'>4</vcpu>${pick(['', '<iothreads>2</iothreads>'])}<os><type>hvm</type></os>
      <on_reboot>${pick(['restart', 'destroy'])}</on_reboot></domain>`;
  };
  const netXml = (): string => `<network><name>${pick(['n', 'm'])}</name><uuid>${uuid()}</uuid></network>`;
  const poolXml = (): string => {
    const name = pick(['p', 'q']);
    return `<pool type='dir'><name>${name}</name><uuid>${uuid()}</uuid><target><path>/${pick([name, 'x'])}</path></target></pool>`;
  };
  const volXml = (): string =>
    `<volume><name>${pick(['v', 'w'])}</name><capacity>${pick([10, 1000, 2 ** 40])}</capacity></volume>`;
  const calls: readonly (() => Call)[] = [
    () => ['define', [xml()]],
    () => ['define', [xml()]],
    () => ['createXML', [xml()]],
    () => ['create', [domain()]],
    () => ['create', [domain()]],
    () => ['destroy', [domain()]],
    () => ['undefine', [domain(), pick([0, 1, 2, 3])]],
    () => ['suspend', [domain()]],
    () => ['resume', [domain()]],
    () => ['shutdown', [domain()]],
    () => ['reboot', [domain()]],
    () => ['rename', [domain(), pick(['a', 'b', 'c/d'])]],
    () => ['state', [domain()]],
    () => ['flagsOf', [domain()]],
    () => ['list', [Math.floor(random() * 0x4000)]],
    () => ['dumpxml', [domain(), pick([0, 1, 2, 8])]],
    () => ['dumpxml', [domain(), 0]],
    () => ['setMemory', [domain(), pick([500, 1500, 5000]), pick([0, 1, 2, 3, 4, 6])]],
    () => ['setVcpus', [domain(), pick([1, 2, 4, 5, 40]), pick([0, 1, 2, 3, 4, 6])]],
    () => ['vcpus', [domain(), pick([0, 1, 2, 4, 6])]],
    () => ['managedSave', [domain()]],
    () => ['autostart', [domain(), pick([0, 1])]],
    () => ['addIOThread', [domain(), pick([0, 1, 2, 5]), flags()]],
    () => ['delIOThread', [domain(), pick([1, 2, 5]), flags()]],
    () => ['title', [domain(), pick(['t', 'u', '', 'x\ny']), flags()]],
    () => ['snapshot', [domain(), snapshot(), pick([0, 0, 0, 8])]],
    () => ['snapshots', [domain(), Math.floor(random() * 0x400)]],
    () => ['snapshotDelete', [domain(), snapshot(), pick([0, 1, 4])]],
    () => ['snapshotCurrent', [domain()]],
    () => ['revert', [domain(), snapshot(), pick([0, 0, 1, 2, 4])]],
    () => ['maxMemory', [domain(), pick([1000, 3000])]],
    () => ['lifecycleAction', [domain(), pick([0, 1, 2]), pick([0, 1, 2, 3, 4]), flags()]],
    () => ['reset', [domain()]],
    () => ['pmSuspend', [domain()]],
    () => ['pmWakeup', [domain()]],
    () => ['snapshotXML', [domain(), snapshot()]],
    () => ['checkpoint', [domain(), snapshot(), 0]],
    () => ['checkpoints', [domain(), Math.floor(random() * 16)]],
    () => ['checkpointDelete', [domain(), snapshot(), pick([0, 1, 2, 4])]],
    () => ['ifDefine', [`<interface type='ethernet' name='${pick(['i', 'j', 'eth1'])}'/>`]],
    () => ['ifCreate', [pick(['i', 'j', 'eth1'])]],
    () => ['ifDestroy', [pick(['i', 'j', 'eth1'])]],
    () => ['ifUndefine', [pick(['i', 'j', 'eth1'])]],
    () => ['ifList', [Math.floor(random() * 4)]],
    () => ['ifBegin', []],
    () => ['ifCommit', []],
    () => ['ifRollback', []],
    () => ['netDefine', [netXml()]],
    () => ['netCreateXML', [netXml()]],
    () => ['netCreate', [pick(['n', 'm', 'default'])]],
    () => ['netDestroy', [pick(['n', 'm', 'default'])]],
    () => ['netUndefine', [pick(['n', 'm', 'default'])]],
    () => ['netList', [Math.floor(random() * 0x40)]],
    () => ['poolDefine', [poolXml()]],
    () => ['poolCreate', [pick(['p', 'q'])]],
    () => ['poolDestroy', [pick(['p', 'q'])]],
    () => ['poolUndefine', [pick(['p', 'q'])]],
    () => ['poolList', [Math.floor(random() * 0x80)]],
    () => ['poolInfo', [pick(['p', 'q'])]],
    () => ['volCreate', [pick(['p', 'q']), volXml()]],
    () => ['volDelete', [pick(['p', 'q']), pick(['v', 'w'])]],
    () => ['volList', [pick(['p', 'q'])]],
  ];
  return pick(calls)();
}
