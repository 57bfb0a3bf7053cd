import { describe, expect, it } from 'vitest';
import {
  formatCapsCache,
  parseCapsCache,
  type ProbeSession,
  probeCapabilities,
  type QmpReply,
} from '../../src/capabilities/index.js';
import { QmpSchema } from '../../src/capabilities/dialogue/schema.js';

/** A QEMU that answers from a table, and notes what it was asked */
class FakeQemu implements ProbeSession {
  readonly asked: string[] = [];
  constructor(private readonly answers: Readonly<Record<string, unknown>>) {}

  execute(command: string, args?: Record<string, unknown>): Promise<QmpReply> {
    const key = typeof args?.typename === 'string' ? `${command} ${args.typename}` : command;
    this.asked.push(key);
    const answer = this.answers[key];
    return Promise.resolve(
      answer === undefined ? { error: { class: 'CommandNotFound', desc: key } } : { return: answer },
    );
  }
}

const named = (...names: string[]) => names.map((name) => ({ name }));

const BASICS = {
  'query-version': { qemu: { major: 8, minor: 1, micro: 2 }, package: 'v8.1.2' },
  'query-target': { arch: 'x86_64' },
  'query-kvm': { enabled: true, present: true },
  'query-commands': named('query-cpu-definitions', 'blockdev-reopen'),
  'qom-list-types': named('tcg-accel', 'qxl', 'pc-dimm'),
  'query-machines': [
    { name: 'none', 'cpu-max': 1 },
    { name: 'pc-q35-8.1', alias: 'q35', 'cpu-max': 288 },
    { name: 'pc-i440fx-8.1', alias: 'pc', 'cpu-max': 255, 'is-default': true, 'numa-mem-supported': false },
  ],
  'query-cpu-definitions': [
    { name: 'max', typename: 'max-x86_64-cpu', 'unavailable-features': [] },
    { name: 'EPYC', 'unavailable-features': ['svm', 'svm'], deprecated: true },
    { name: 'odd' },
  ],
};

describe('probing a QEMU', () => {
  it('learns version, machines, models and flags, under both accelerators', async () => {
    const tcg = new FakeQemu({ 'query-machines': BASICS['query-machines'], 'query-cpu-definitions': [] });
    const kvm = new FakeQemu({ ...BASICS, 'device-list-properties qxl': named('vgamem_mb') });
    const caps = await probeCapabilities({ binary: '/bin/q', primary: kvm, tcg: () => Promise.resolve(tcg) });

    expect(caps.version).toBe(8_001_002);
    expect([caps.has('kvm'), caps.has('qxl'), caps.has('qxl.vgamem_mb'), caps.has('VGA')]).toEqual([
      true,
      true,
      true,
      false,
    ]);
    expect(caps.preferredMachine('kvm')).toBe('pc-i440fx-8.1');
    expect(caps.canonicalMachine('kvm', 'q35')).toBe('pc-q35-8.1');
    expect(caps.machine('kvm', 'none')).toBeUndefined();
    expect(caps.machine('kvm', 'pc')?.numaMemSupported).toBeUndefined();
    expect(caps.cpuModels('kvm')?.map(({ usable }) => usable)).toEqual(['yes', 'no', 'unknown']);
    expect(caps.cpuModels('qemu')).toEqual([]);
    expect(formatCapsCache(parseCapsCache(formatCapsCache(caps)))).toBe(formatCapsCache(caps));
  });

  it('needs no second process where KVM does not run', async () => {
    const only = new FakeQemu({ ...BASICS, 'query-kvm': { enabled: false, present: true } });
    const caps = await probeCapabilities({
      binary: '/bin/q',
      primary: only,
      tcg: () => Promise.reject(new Error('not to be started')),
    });
    expect(caps.has('kvm')).toBe(false);
    expect(caps.preferredVirtType).toBe('qemu');
    expect(caps.machines('qemu')).toHaveLength(2);
    expect(caps.machines('kvm')).toHaveLength(0);
  });

  it('refuses a cache with flags of another version', () => {
    const text = "<qemuCaps><flag name='from-the-future'/></qemuCaps>";
    expect(() => parseCapsCache(text)).toThrow(/from-the-future/);
  });
});

describe('paths into the QMP schema', () => {
  const schema = new QmpSchema([
    { name: 'add', 'meta-type': 'command', 'arg-type': '1', 'ret-type': '[3]', features: ['hot'] },
    {
      name: '1',
      'meta-type': 'object',
      members: [{ name: 'driver', type: '2', features: ['old'] }],
      variants: [{ case: 'file', type: '3' }],
    },
    { name: '2', 'meta-type': 'enum', values: ['file', 'nbd'] },
    { name: '3', 'meta-type': 'object', members: [{ name: 'aio', type: '4' }] },
    { name: '4', 'meta-type': 'alternate', members: [{ type: '2' }, { type: 'str' }] },
    { name: '[3]', 'meta-type': 'array', 'element-type': '3' },
    { name: 'str', 'meta-type': 'builtin' },
  ]);
  it.each([
    ['add', true],
    ['del', false],
    ['add/#hot', true],
    ['add/#cold', false],
    ['add/arg/driver', true],
    ['add/arg/driver/=nbd', true],
    ['add/arg/driver/=ssh', false],
    ['add/arg/driver/#old', true],
    ['add/arg/+file/aio/=file', true],
    ['add/arg/+nbd', false],
    ['add/ret/aio', true],
    ['add/ret/aio/deeper', false],
  ])('%s: %s', (path, found) => {
    expect(schema.has(path)).toBe(found);
  });
});
