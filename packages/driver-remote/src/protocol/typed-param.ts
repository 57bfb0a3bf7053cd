import { TypedParameterType, rpcError, xdr, type TypedParam, type XdrReader, type XdrWriter } from '@virtkit/core/util';
import { string } from './types.js';

/** The plain form of {@link typedParam} on the wire. */
const wire = xdr.record({
  field: string,
  value: xdr.union('type', [
    { when: TypedParameterType.INT, name: 'i', type: xdr.int },
    { when: TypedParameterType.UINT, name: 'ui', type: xdr.uint },
    { when: TypedParameterType.LLONG, name: 'l', type: xdr.hyper },
    { when: TypedParameterType.ULLONG, name: 'ul', type: xdr.uhyper },
    { when: TypedParameterType.DOUBLE, name: 'd', type: xdr.double },
    { when: TypedParameterType.BOOLEAN, name: 'b', type: xdr.int },
    { when: TypedParameterType.STRING, name: 's', type: string },
  ]),
});

function decode(reader: XdrReader): TypedParam {
  const field = reader.string(string.max);
  const type = reader.int();
  switch (type) {
    case TypedParameterType.INT:
      return { field, type, value: reader.int() };
    case TypedParameterType.UINT:
      return { field, type, value: reader.uint() };
    case TypedParameterType.LLONG:
      return { field, type, value: reader.hyper() };
    case TypedParameterType.ULLONG:
      return { field, type, value: reader.uhyper() };
    case TypedParameterType.DOUBLE:
      return { field, type, value: reader.double() };
    case TypedParameterType.BOOLEAN:
      return { field, type, value: reader.int() !== 0 };
    case TypedParameterType.STRING:
      return { field, type, value: reader.string(string.max) };
    default:
      throw rpcError(`typed parameter '${field}' has the unknown type ${type}`);
  }
}

function encode(writer: XdrWriter, { field, type, value }: TypedParam): void {
  writer.string(field, string.max);
  writer.int(type);
  switch (type) {
    case TypedParameterType.INT:
      return writer.int(value);
    case TypedParameterType.UINT:
      return writer.int(value);
    case TypedParameterType.LLONG:
      return writer.hyper(value);
    case TypedParameterType.ULLONG:
      return writer.uhyper(value);
    case TypedParameterType.DOUBLE:
      return writer.double(value);
    case TypedParameterType.BOOLEAN:
      return writer.int(value ? 1 : 0);
    case TypedParameterType.STRING:
      return writer.string(value, string.max);
    default:
      throw rpcError(`typed parameter '${String(field)}' has the unknown type ${String(type)}`);
  }
}

/** virTypedParameter: in memory what core calls a TypedParam. */
export const typedParam = xdr.native<TypedParam>(wire, decode, encode);
