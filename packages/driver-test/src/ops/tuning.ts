import { blkioChange, blkioParams, type DomainDef, formatBitmap, NUMA_MODES, parseBitmap } from '@virtkit/core/conf';
import type { CallContext, DomainRef, HypervisorDriver } from '@virtkit/core/driver';
import { ErrorDomain, type TypedParams, TypedParamsBuilder, paramValues, validateParams } from '@virtkit/core/util';
import { configUnsupported, invalidArg, operationInvalid } from '../errors.js';
import { changeOne, oneDef } from '../state/modify.js';
import type { TestNode } from '../state/test-node.js';

function withNuma(def: DomainDef, given: ReadonlyMap<string, unknown>, live: boolean): DomainDef {
  const memory = def.numatune?.memory;
  const mode = given.get('numa_mode') as number | undefined;
  if (mode !== undefined && NUMA_MODES[mode] === undefined) throw invalidArg(`unsupported numatune mode: '${mode}'`);
  const text = given.get('numa_nodeset') as string | undefined;
  const bits = text === undefined ? undefined : parseBitmap(text);
  if (text !== undefined && (bits === undefined || bits.length === 0))
    throw invalidArg(`Failed to parse bitmap '${text}'`, ErrorDomain.NONE);
  const current = memory?.mode ?? 'strict';
  if (live && memory !== undefined && mode !== undefined && NUMA_MODES[mode] !== current)
    throw operationInvalid("can't change numatune mode for running domain");
  const nodeset = bits === undefined ? memory?.nodeset : formatBitmap(bits);
  if (nodeset === undefined)
    throw configUnsupported("nodeset for NUMA memory tuning must be set if 'placement' is 'static'");
  const { placement: _, ...rest } = memory ?? {};
  return {
    ...def,
    numatune: {
      ...def.numatune,
      memory: { ...rest, mode: mode === undefined ? current : (NUMA_MODES[mode] as typeof current), nodeset },
    },
  };
}

/** Weight of CPU time; this driver's scheduler takes no orders. */
const WEIGHT = 50;

/** NUMA, block I/O and scheduler tuning. */
export function tuningOps({ domains }: TestNode) {
  const schedulerParams = (ref: DomainRef): TypedParams => {
    domains.of(ref);
    return new TypedParamsBuilder().uint('weight', WEIGHT).params;
  };
  const setSchedulerParams = (ref: DomainRef, params: TypedParams): void => {
    validateParams(params, { weight: 'UINT' });
    domains.of(ref);
  };

  return {
    domainSetNumaParameters(ref: DomainRef, params: TypedParams, flags: number): void {
      validateParams(params, { numa_mode: 'INT', numa_nodeset: 'STRING' });
      const given = paramValues(params);
      changeOne(domains.of(ref), flags, (def, live) => withNuma(def, given, live));
    },

    domainGetNumaParameters(ref: DomainRef, flags: number, { counting }: CallContext): TypedParams {
      const memory = counting ? undefined : oneDef(domains.of(ref), flags).numatune?.memory;
      return new TypedParamsBuilder()
        .int('numa_mode', NUMA_MODES.indexOf(memory?.mode ?? 'strict'))
        .string('numa_nodeset', memory?.nodeset ?? '').params;
    },

    domainSetBlkioParameters(ref: DomainRef, params: TypedParams, flags: number): void {
      const change = blkioChange(params);
      changeOne(domains.of(ref), flags, change);
    },

    domainGetBlkioParameters: (ref: DomainRef, flags: number, { counting }: CallContext): TypedParams =>
      blkioParams(counting ? {} : oneDef(domains.of(ref), flags)),

    domainGetSchedulerType: (ref: DomainRef) => 'fair',
    domainGetSchedulerParameters: schedulerParams,
    domainGetSchedulerParametersFlags: (ref: DomainRef, flags: number) => schedulerParams(ref),
    domainSetSchedulerParameters: setSchedulerParams,
    domainSetSchedulerParametersFlags: (ref: DomainRef, params: TypedParams, flags: number) =>
      setSchedulerParams(ref, params),
  } satisfies Partial<HypervisorDriver>;
}
