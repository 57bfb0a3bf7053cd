import { type TypedParam, type TypedParams, TypedParameterType } from '@virtkit/core/util';
import { UsageError } from './output/usage-error.js';

/** A typed parameter with a new value from the command line, of the type that it has. */
export function withValue(param: TypedParam, text: string): TypedParam {
  const bad = (): never => {
    throw new UsageError(`${param.field}: '${text}' is not a number`);
  };
  switch (param.type) {
    case TypedParameterType.STRING:
      return { ...param, value: text };
    case TypedParameterType.BOOLEAN:
      return { ...param, value: text === '1' || text === 'yes' || text === 'true' || text === 'on' };
    case TypedParameterType.DOUBLE:
      return Number.isNaN(Number(text)) ? bad() : { ...param, value: Number(text) };
    case TypedParameterType.LLONG:
    case TypedParameterType.ULLONG:
      return /^-?\d+$/.test(text) ? { ...param, value: BigInt(text) } : bad();
    default:
      return /^-?\d+$/.test(text) ? { ...param, value: Number(text) } : bad();
  }
}

/** Parameters as an object for JSON. */
export function paramsJson(params: TypedParams): Readonly<Record<string, unknown>> {
  return Object.fromEntries(params.map(({ field, value }) => [field, value]));
}
