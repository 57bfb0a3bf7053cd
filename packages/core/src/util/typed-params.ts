import { TypedParameterType } from './enums/other.gen.js';

/**
 * virTypedParameter: a named value with its wire type. 64-bit values are bigint, the rest number, boolean or string.
 */
export type TypedParam =
  | { readonly field: string; readonly type: typeof TypedParameterType.INT; readonly value: number }
  | { readonly field: string; readonly type: typeof TypedParameterType.UINT; readonly value: number }
  | { readonly field: string; readonly type: typeof TypedParameterType.LLONG; readonly value: bigint }
  | { readonly field: string; readonly type: typeof TypedParameterType.ULLONG; readonly value: bigint }
  | { readonly field: string; readonly type: typeof TypedParameterType.DOUBLE; readonly value: number }
  | { readonly field: string; readonly type: typeof TypedParameterType.BOOLEAN; readonly value: boolean }
  | { readonly field: string; readonly type: typeof TypedParameterType.STRING; readonly value: string };

export type TypedParams = readonly TypedParam[];

/** virTypedParamsAdd*: collects parameters in order. */
export class TypedParamsBuilder {
  readonly params: TypedParam[] = [];

  int(field: string, value: number): this {
    this.params.push({ field, type: TypedParameterType.INT, value });
    return this;
  }
  uint(field: string, value: number): this {
    this.params.push({ field, type: TypedParameterType.UINT, value });
    return this;
  }
  llong(field: string, value: bigint | number): this {
    this.params.push({ field, type: TypedParameterType.LLONG, value: BigInt(value) });
    return this;
  }
  ullong(field: string, value: bigint | number): this {
    this.params.push({ field, type: TypedParameterType.ULLONG, value: BigInt(value) });
    return this;
  }
  double(field: string, value: number): this {
    this.params.push({ field, type: TypedParameterType.DOUBLE, value });
    return this;
  }
  boolean(field: string, value: boolean): this {
    this.params.push({ field, type: TypedParameterType.BOOLEAN, value });
    return this;
  }
  string(field: string, value: string): this {
    this.params.push({ field, type: TypedParameterType.STRING, value });
    return this;
  }
}

/** virTypedParamsGet: the first parameter of that name. */
export function typedParam(params: TypedParams, field: string): TypedParam['value'] | undefined {
  return params.find((param) => param.field === field)?.value;
}
