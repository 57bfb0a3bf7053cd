import { readFileSync } from 'node:fs';
import type { XdrNode, XdrRecord } from '@virtkit/core/util';
import { describe, expect, it } from 'vitest';
import * as protocol from '../../src/protocol/index.js';
import type { AccessRule, Procedure, Program } from '../../src/protocol/index.js';
import { sharedPath } from './shared.js';

interface FactType {
  t: string;
  ref?: string;
  of?: FactType;
  len?: number;
  max?: number;
}
interface Fact {
  number: number;
  name: string;
  kind: string;
  args?: string | null;
  ret?: string | null;
  msg?: string;
  priority?: string;
  acl?: {
    object: string;
    permission: string;
    whenFlag?: string;
    whenNoFlags?: string[];
    whenParam?: { name: string; equals: string };
  }[];
  aclFilter?: { object: string; permission: string }[];
  needsAuth?: boolean;
  stream?: { declared: string; apiParam: number; direction: string; sparseFlag?: string };
  fds?: unknown;
}
interface Facts {
  programs: Record<string, { program: number; version: number; procedures: Fact[] }>;
  records: Record<string, { fields: { name: string; type: FactType }[] }>;
  unions: Record<string, { discriminant: { name: string }; cases: { when: number; name: string; type: FactType }[] }>;
  enums: Record<string, { values: { name: string; value: number }[] }>;
}

const factsPath = sharedPath('rpc', 'rpc-facts.json');
const enumsPath = sharedPath('rpc', 'enums.json');
const programs: Program[] = [
  protocol.remote,
  protocol.qemu,
  protocol.lxc,
  protocol.keepalive,
  protocol.admin,
  protocol.lxcMonitor,
  protocol.lockSpace,
  protocol.logManager,
];

/** Our description in the facts' words, references resolved. */
function shape(type: XdrNode): unknown {
  switch (type.kind) {
    case 'uuid':
      return { t: 'opaque', len: 16 };
    case 'string':
    case 'opaque':
      return { t: type.kind, max: type.max };
    case 'bytes':
      return { t: 'opaque', len: type.length };
    case 'list':
      return { t: 'array', of: shape(type.of), max: type.max };
    case 'vector':
      return { t: 'array', of: shape(type.of), len: type.length };
    case 'optional':
      return { t: 'optional', of: shape(type.of) };
    case 'enum':
      return { t: 'enum', values: type.values };
    case 'native':
      return shape(type.wire);
    case 'record':
      return { t: 'record', fields: Object.entries(type.fields).map(([name, of]) => [name, shape(of)]) };
    case 'union':
      return { t: 'union', on: type.discriminant, arms: type.arms.map((arm) => [arm.when, arm.name, shape(arm.type)]) };
    default:
      return { t: type.kind };
  }
}

function factShape(facts: Facts, type: FactType): unknown {
  switch (type.t) {
    case 'record':
      return {
        t: 'record',
        fields: facts.records[type.ref!]!.fields.map(({ name, type: of }) => [name, factShape(facts, of)]),
      };
    case 'union': {
      const { discriminant, cases } = facts.unions[type.ref!]!;
      return {
        t: 'union',
        on: discriminant.name,
        arms: cases.map((arm) => [arm.when, arm.name, factShape(facts, arm.type)]),
      };
    }
    case 'enum':
      return {
        t: 'enum',
        values: Object.fromEntries(facts.enums[type.ref!]!.values.map(({ name, value }) => [name, value])),
      };
    case 'array':
      return {
        t: 'array',
        of: factShape(facts, type.of!),
        ...(type.len === undefined ? { max: type.max } : { len: type.len }),
      };
    case 'optional':
      return { t: 'optional', of: factShape(facts, type.of!) };
    default:
      return type;
  }
}

const recordShape = (record: XdrRecord | undefined): unknown => (record === undefined ? null : shape(record));

function ours(procedure: Procedure): unknown {
  const { number, kind, priority, access, options } = procedure;
  return {
    number,
    kind: options.stream === undefined ? kind : 'stream',
    args: recordShape(procedure.args),
    ret: recordShape(procedure.ret),
    priority,
    access: access.map((rule: AccessRule) => ({ ...rule })),
    filter: options.filter,
    stream: options.stream,
    fds: options.fds,
    anonymous: options.anonymous ?? false,
  };
}

function theirs(facts: Facts, fact: Fact, valueOf: (name: string) => number): unknown {
  const record = (ref: string | null | undefined): unknown =>
    ref === null || ref === undefined ? null : factShape(facts, { t: 'record', ref });
  return {
    number: fact.number,
    kind: fact.kind,
    args: record(fact.kind === 'event' ? fact.msg : fact.args),
    ret: record(fact.ret),
    priority: fact.priority,
    access: (fact.acl ?? []).map(({ object, permission, whenFlag, whenNoFlags, whenParam }) => ({
      object,
      permission,
      ...(whenFlag === undefined ? {} : { anyFlag: valueOf(whenFlag) }),
      ...(whenNoFlags === undefined ? {} : { noFlag: whenNoFlags.reduce((sum, name) => sum | valueOf(name), 0) }),
      ...(whenParam === undefined ? {} : { argument: { name: whenParam.name, equals: valueOf(whenParam.equals) } }),
    })),
    filter: fact.aclFilter?.map(({ object, permission }) => `${object}:${permission}`).join(),
    stream: fact.stream && {
      direction: fact.stream.direction,
      declared: fact.stream.declared,
      parameter: fact.stream.apiParam,
      ...(fact.stream.sparseFlag === undefined ? {} : { sparseFlag: valueOf(fact.stream.sparseFlag) }),
    },
    fds: fact.fds,
    anonymous: fact.needsAuth === false,
  };
}

describe.skipIf(factsPath === undefined || enumsPath === undefined)(
  'protocol tables against the recorded facts',
  () => {
    const facts = JSON.parse(factsPath === undefined ? '{}' : readFileSync(factsPath, 'utf8')) as Facts;
    const enums = JSON.parse(enumsPath === undefined ? '{}' : readFileSync(enumsPath, 'utf8')) as {
      enums: Record<string, { values: { name: string; value: number }[] }>;
    };
    const values = new Map(
      Object.values(enums.enums ?? {}).flatMap((e) => e.values.map(({ name, value }) => [name, value])),
    );
    const valueOf = (name: string): number => {
      const value = values.get(name);
      if (value === undefined) throw new Error(`no constant ${name}`);
      return value;
    };

    it('has every program', () => {
      expect(programs.map(({ name, number, version }) => [name, number, version]).sort()).toEqual(
        Object.entries(facts.programs)
          .map(([name, p]) => [name, p.program, p.version])
          .sort(),
      );
    });

    it.each(programs.map((p) => [p.name, p] as const))('%s has every procedure and record', (name, program) => {
      const expected = facts.programs[name]!.procedures;
      expect(program.procedures).toHaveLength(expected.length);
      for (const fact of expected) {
        const procedure = program.byNumber[fact.number]!;
        expect(procedure.name.toLowerCase()).toBe(fact.name.toLowerCase());
        expect(ours(procedure), fact.name).toEqual(theirs(facts, fact, valueOf));
      }
    });

    it('names a driver method of the right table for every call that libvirt gives to drivers', () => {
      const apiPath = sharedPath('rpc', 'api.json')!;
      const { slots } = JSON.parse(readFileSync(apiPath, 'utf8')) as {
        slots: Record<string, { procedures: string[] }>;
      };
      const routed = programs.flatMap((p) => p.procedures).filter((p) => p.driver !== undefined);
      const unknown = routed.filter((p) => !(`${p.table}.${p.driver}` in slots)).map((p) => `${p.table}.${p.driver}`);
      expect(unknown).toEqual([]);
      expect(routed.length).toBeGreaterThan(370);
    });
  },
);
