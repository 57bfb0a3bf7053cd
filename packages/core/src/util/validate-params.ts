import { ErrorCode, ErrorDomain } from './enums/errors.gen.js';
import { TypedParameterType } from './enums/other.gen.js';
import { LibvirtError } from './errors.js';
import type { TypedParam, TypedParams } from './typed-params.js';

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
    if (expected === undefined)
      throw new LibvirtError(ErrorCode.ARGUMENT_UNSUPPORTED, ErrorDomain.NONE, `parameter '${field}' not supported`);
    if (type !== TypedParameterType[expected])
      throw invalid(`invalid type '${typeName(type)}' for parameter '${field}', expected '${expected.toLowerCase()}'`);
    if (seen.has(field)) throw invalid(`parameter '${field}' occurs multiple times`);
    seen.add(field);
  }
}

function invalid(detail: string): LibvirtError {
  return new LibvirtError(ErrorCode.INVALID_ARG, ErrorDomain.NONE, detail);
}

/** The parameters by name. */
export function paramValues(params: TypedParams): ReadonlyMap<string, TypedParam['value']> {
  return new Map(params.map(({ field, value }) => [field, value]));
}
