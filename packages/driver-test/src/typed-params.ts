import { ErrorDomain, type TypedParam, TypedParameterType, type TypedParams } from '@virtkit/core/util';
import { argumentUnsupported, invalidArg } from './errors.js';

type TypeName = keyof typeof TypedParameterType;

const typeName = (type: number): string =>
  (Object.keys(TypedParameterType) as TypeName[]).find((name) => TypedParameterType[name] === type)?.toLowerCase() ??
  '';

/**
 * virTypedParamsValidate: only known parameters, each once, each of its type. Raises ARGUMENT_UNSUPPORTED or INVALID_ARG.
 */
export function validateParams(params: TypedParams, known: Readonly<Record<string, TypeName>>): void {
  const seen = new Set<string>();
  for (const { field, type } of params) {
    const expected = known[field];
    if (expected === undefined) throw argumentUnsupported(`parameter '${field}' not supported`, ErrorDomain.NONE);
    if (type !== TypedParameterType[expected])
      throw invalidArg(
        `invalid type '${typeName(type)}' for parameter '${field}', expected '${expected.toLowerCase()}'`,
        ErrorDomain.NONE,
      );
    if (seen.has(field)) throw invalidArg(`parameter '${field}' occurs multiple times`, ErrorDomain.NONE);
    seen.add(field);
  }
}

/** The parameters by name. */
export function paramValues(params: TypedParams): ReadonlyMap<string, TypedParam['value']> {
  return new Map(params.map(({ field, value }) => [field, value]));
}
