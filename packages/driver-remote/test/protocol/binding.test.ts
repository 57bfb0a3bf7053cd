import { FUNCTIONS, STRUCTS, type FunctionName } from '@virtkit/core/driver';
import { TypedParameterFlags, TypedParamsBuilder, XdrReader, XdrWriter, xdrCodec } from '@virtkit/core/util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bindingOf, procedureOf, type Binding, type Procedure } from '../../src/protocol/index.js';

const carried = (Object.keys(FUNCTIONS) as FunctionName[]).flatMap((name) => {
  const procedure = procedureOf(name);
  return procedure === undefined ? [] : [[name, procedure] as const];
});

/** What a driver or a caller may give for a kind of the API. */
function valueOf(kind: string): fc.Arbitrary<unknown> {
  if (kind.endsWith('?')) return fc.option(valueOf(kind.slice(0, -1)), { nil: null });
  if (kind === 'params[]') return fc.array(valueOf('params'), { maxLength: 1 });
  if (kind.endsWith('[]')) return fc.array(valueOf(kind.slice(0, -2)), { maxLength: 3 });
  switch (kind) {
    case 'string':
      return fc.string({ maxLength: 10 });
    case 'uuid':
      return fc.uuid();
    case 'int':
      return fc.integer({ min: 1, max: 100 });
    case 'uint':
      return fc.integer({ min: 1, max: 100 });
    case 'i64':
    case 'u64':
      return fc.bigInt({ min: 0n, max: 2n ** 63n - 1n });
    case 'double':
      return fc.constant(0.5);
    case 'bool':
      return fc.boolean();
    case 'bytes':
      return fc.uint8Array({ minLength: 128, maxLength: 128 }).map((bytes) => Buffer.from(bytes));
    case 'params':
      return fc.constant(new TypedParamsBuilder().int('a', 1).ullong('b', 2n).params);
    case 'domain':
      return fc.record({ name: fc.string({ maxLength: 5 }), uuid: fc.uuid(), id: fc.constant(-1) });
    case 'domainSnapshot':
    case 'domainCheckpoint':
      return fc.record({ name: fc.string({ maxLength: 5 }), dom: valueOf('domain') });
    case 'network':
    case 'storagePool':
    case 'nwfilter':
      return fc.record({ name: fc.string({ maxLength: 5 }), uuid: fc.uuid() });
    case 'networkPort':
      return fc.record({ net: valueOf('network'), uuid: fc.uuid() });
    case 'storageVol':
      return fc.record({ pool: fc.constant('p'), name: fc.constant('v'), key: fc.constant('k') });
    case 'interface':
      return fc.record({ name: fc.constant('eth0'), mac: fc.constant('52:54:00:00:00:01') });
    case 'nodeDevice':
      return fc.record({ name: fc.string({ maxLength: 5 }) });
    case 'secret':
      return fc.record({ uuid: fc.uuid(), usageType: fc.constant(1), usageID: fc.constant('x') });
    case 'nwfilterBinding':
      return fc.record({ portdev: fc.constant('vnet0'), filtername: fc.constant('f') });
    default: {
      const fields = STRUCT_FIELDS[kind];
      if (fields === undefined) throw new Error(`no values for kind ${kind}`);
      return fc.record(Object.fromEntries(Object.entries(fields).map(([name, of]) => [name, valueOf(of)])));
    }
  }
}

const STRUCT_FIELDS: Readonly<Record<string, Readonly<Record<string, string>>>> = STRUCTS;

function overTheWire(record: Procedure['args'], values: readonly unknown[]): unknown[] {
  if (record === undefined) return [];
  const writer = new XdrWriter();
  const codec = xdrCodec(record);
  codec.encodeFields(writer, values);
  return codec.decodeFields(new XdrReader(Buffer.from(writer.written())));
}

const takesStrings = (name: FunctionName, { args }: Procedure): boolean =>
  FUNCTIONS[name].returns === 'params' && 'nparams' in (args?.fields ?? {});
const isDescriptor = (arg: string): boolean => ['files:int[]', 'fds:int[]', 'fd:int'].includes(arg);
const streams = (kind: string): boolean => kind === 'stream' || STRUCT_FIELDS[kind]?.['stream'] !== undefined;
const bindingFor = (procedure: Procedure): Binding => bindingOf(procedure)!;

describe('bindings between functions and procedures', () => {
  it('exist for every function that libvirt sends', () => {
    expect(carried.length).toBeGreaterThan(370);
    for (const [name, procedure] of carried) expect([name, 'connectIsSecure']).toContain(bindingOf(procedure)?.name);
  });

  it.each(carried)('%s: arguments arrive as they were given', (name, procedure) => {
    const entry = FUNCTIONS[name];
    const binding = bindingFor(procedure);
    const kinds = entry.args.map((arg) => arg.slice(arg.indexOf(':') + 1));
    const self = entry.on === 'connect' ? fc.constant(undefined) : valueOf(entry.on);
    fc.assert(
      fc.property(self, fc.tuple(...kinds.map(valueOf)), (object, args) => {
        const wire = overTheWire(procedure.args, binding.wire(object as object | undefined, args));
        expect(binding.self(wire)).toEqual(object);
        const expected = args.map((arg, i) => {
          if (isDescriptor(entry.args[i]!)) return entry.args[i]!.endsWith('[]') ? [] : -1;
          // A client says that it takes strings.
          return entry.args[i] === 'flags:uint' && takesStrings(name, procedure)
            ? (arg as number) | TypedParameterFlags.STRING_OKAY
            : arg;
        });
        expect(binding.args(wire)).toEqual(expected);
      }),
      { numRuns: 5 },
    );
  });

  it.each(carried.filter(([name]) => !streams(FUNCTIONS[name].returns) && FUNCTIONS[name].returns !== 'void'))(
    '%s: the result arrives as it was returned',
    (name, procedure) => {
      const entry = FUNCTIONS[name];
      // Descriptors travel beside the records.
      if (procedure.options.fds !== undefined) return;
      const binding = bindingFor(procedure);
      const kinds = entry.args.map((arg) => arg.slice(arg.indexOf(':') + 1));
      const self = entry.on === 'connect' ? fc.constant(undefined) : valueOf(entry.on);
      fc.assert(
        fc.property(self, fc.tuple(...kinds.map(valueOf)), valueOf(entry.returns), (object, args, result) => {
          // That one is an error.
          if (name === 'nodeGetFreePages') fc.pre((result as unknown[]).length > 0);
          const sent = overTheWire(procedure.args, binding.wire(object as object | undefined, args));
          const answer = overTheWire(procedure.ret, binding.answer(result, sent));
          expect(binding.result(answer, undefined, args)).toEqual(result);
        }),
        { numRuns: 5 },
      );
    },
  );

  it('takes no counts of free pages for a failure', () => {
    const binding = bindingFor(procedureOf('nodeGetFreePages')!);
    expect(binding.answer([3n], [[4], 0, 1, 0])).toEqual([[3n]]);
    expect(() => binding.answer([], [[4], 0, 1, 0])).toThrow(/did not set virError/);
  });

  it('gives only a count to a caller without room, and no more than there is room for', () => {
    const binding = bindingFor(procedureOf('domainGetMemoryParameters')!);
    const params = new TypedParamsBuilder().ullong('hard_limit', 1n).ullong('soft_limit', 2n).params;
    expect(binding.answer(params, [{}, 0, 0])).toEqual([[], 2]);
    expect(binding.answer(params, [{}, 1, 0])).toEqual([params.slice(0, 1), 1]);
    expect(binding.answer(params, [{}, 5, 0])).toEqual([params, 2]);
  });

  it('keeps strings from callers that do not say they can take them', () => {
    const binding = bindingFor(procedureOf('domainGetBlkioParameters')!);
    const params = new TypedParamsBuilder().uint('weight', 1).string('device_weight', 'x').params;
    expect(binding.answer(params, [{}, 5, 0])).toEqual([params.slice(0, 1), 1]);
    expect(binding.answer(params, [{}, 5, 4])).toEqual([params, 2]);
  });

  it('asks first for how many there are where daemons want to hear just that', () => {
    for (const name of ['nodeGetCPUStats', 'nodeGetMemoryStats'] as const) {
      const binding = bindingFor(procedureOf(name)!);
      expect(binding.exactRoom).toBe(true);
      expect(binding.wire(undefined, [7, 0], 0)).toContain(0);
      expect(binding.wire(undefined, [7, 0], 4)).toContain(4);
    }
    const cpus = bindingFor(procedureOf('nodeGetCPUStats')!);
    expect(cpus.args([999, 0, 0])).toEqual([-1, 0]);
    expect(cpus.args([999, 4, 0])).toEqual([999, 0]);
  });

  it('counts lists that are not wanted', () => {
    const binding = bindingFor(procedureOf('connectListAllDomains')!);
    const domains = [{ name: 'a', uuid: '6695eb01-f6a4-8304-79aa-97f2502e193f', id: 1 }];
    expect(binding.answer(domains, [0, 0])).toEqual([[], 1]);
    expect(binding.answer(domains, [1, 0])).toEqual([domains, 1]);
  });

  it('refuses callers that announce more room than an answer has', () => {
    const args = (name: FunctionName, ...wire: unknown[]): unknown => bindingFor(procedureOf(name)!).args(wire);
    for (const call of [
      () => args('nodeGetFreePages', [1, 2], 0, 513, 0),
      () => args('nodeGetCellsFreeMemory', 0, 1025),
      () => args('domainMemoryPeek', {}, 0n, 4194305, 1),
      () => args('domainBlockPeek', {}, 'vda', 0n, 4194305, 0),
      () => args('domainGetVcpus', {}, 16384, 513),
      () => args('domainGetVcpuPinInfo', {}, 1, -1, 0),
      () => args('domainGetEmulatorPinInfo', {}, -1, 0),
      () => args('domainGetCPUStats', {}, 0, 0, 129, 0),
    ])
      expect(call).toThrow(/fit into an answer/);
    expect(args('nodeGetFreePages', [1, 2], 0, 512, 0)).toEqual([[1, 2], 0, 512, 0]);
    // Room for a list costs nothing, and some clients never set it.
    expect(args('nodeGetSEVInfo', 1228048156, 0)).toEqual([0]);
  });

  it('cuts and fills CPU maps to the length that the caller asked for', () => {
    const binding = bindingFor(procedureOf('domainGetVcpuPinInfo')!);
    expect(binding.answer([Buffer.from([3]), Buffer.from([1, 2, 4])], [{}, 4, 2, 0])).toEqual([
      Buffer.from([3, 0, 1, 2]),
      2,
    ]);
  });

  it('says how many CPUs or statistics there are to callers that ask for none', () => {
    const binding = bindingFor(procedureOf('domainGetCPUStats')!);
    const cpus = [1, 2].map((n) => new TypedParamsBuilder().ullong('cpu_time', BigInt(n)).params);
    expect(binding.answer(cpus, [{}, 0, 0, 0, 0])).toEqual([[], 2]);
    expect(binding.answer(cpus, [{}, 0, 0, 2, 0])).toEqual([[], 1]);
    expect(binding.answer(cpus, [{}, 4, 0, 2, 0])).toEqual([cpus.flat(), 1]);
  });
});
