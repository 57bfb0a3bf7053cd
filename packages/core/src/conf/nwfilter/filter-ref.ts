import { ErrorCode, ErrorDomain, LibvirtError } from '../../util/index.js';
import { elementOf, escapeXml, indentOf, req, reqCustom, str, type XmlNode } from '../xml/index.js';

export interface NwfilterParameter {
  name: string;
  value: string;
}

/** virNWFilterIncludeDef: another filter, with values for its variables. */
export interface NwfilterRef {
  filter: string;
  /** By name; several values of one name keep their order. */
  parameter: NwfilterParameter[];
}

const NAME = /^[A-Za-z0-9_]*$/;
/** Nothing that a variable could be called. */
const NO_NAME = '-';
const VALUE = /^[A-Za-z0-9_.:]+$/;

/** virNWFilterParseParamAttributes: what cannot be a variable or its value is left out. */
export function readParameters(node: XmlNode): NwfilterParameter[] {
  return node.children
    .filter((child) => child.name === 'parameter')
    .map(({ attrs }) => ({ name: attrs.name ?? NO_NAME, value: attrs.value ?? '' }))
    .filter(({ name, value }) => NAME.test(name) && VALUE.test(value))
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

/** The values of a filter's variables, wherever a filter is spoken of. */
export const filterParameters = reqCustom<NwfilterParameter[]>({
  reason: 'sorted by name; what is no variable is left out',
  covers: { elements: ['parameter'] },
  decode: readParameters,
  body: (parameters, depth) =>
    parameters
      .map(({ name, value }) => `${indentOf(depth)}<parameter name='${name}' value='${escapeXml(value)}'/>\n`)
      .join(''),
});

/** `<filterref>` of filters and bindings */
export const nwfilterRef = elementOf<NwfilterRef>('filterref', {
  filter: req(str, {
    missing: () =>
      new LibvirtError(ErrorCode.INTERNAL_ERROR, ErrorDomain.NWFILTER, 'rule node requires action attribute'),
  }),
  parameter: filterParameters,
});
