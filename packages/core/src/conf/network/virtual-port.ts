import { ErrorCode, ErrorDomain, LibvirtError, parseUuid, generateUuid } from '../../util/index.js';
import {
  attr,
  child,
  type ElementCodec,
  elementOf,
  type Fields,
  oneOf,
  refined,
  type Scalar,
  str,
} from '../xml/index.js';

/** virNetDevVPortProfile's parameters */
export interface VirtualPortParameters {
  managerid?: number;
  typeid?: number;
  typeidversion?: number;
  instanceid?: string;
  interfaceid?: string;
  profileid?: string;
}

export type VirtualPortType = '802.1Qbg' | '802.1Qbh' | 'openvswitch' | 'midonet';

/** virNetDevVPortProfile */
export interface VirtualPort {
  type?: VirtualPortType;
  parameters?: VirtualPortParameters;
}

/** virNetDevVPortXMLFlags: what a place of use wants. */
export interface VirtualPortRules {
  /** The type may be left out (default: it is required). */
  readonly optionalType?: boolean;
  /** Parameters that the type cannot do without must be there. */
  readonly complete?: boolean;
  /** Identities that are missing are made up. */
  readonly generate?: boolean;
}

const problem = (detail: string, domain: ErrorDomain = ErrorDomain.NONE): LibvirtError =>
  new LibvirtError(ErrorCode.XML_ERROR, domain, detail);

const NUMBER = /^[ \t\n]*\+?(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)$/;

function bounded(name: string, max: number, range: string): ReturnType<typeof attr<number>> {
  const scalar: Scalar<number> = {
    type: { kind: 'integer', minimum: 0 },
    parse: (text) => (NUMBER.test(text) && Number(text) <= max ? parseInt(text.trim(), radix(text)) : undefined),
    format: String,
    plain: true,
  };
  return attr(scalar, {
    invalid: (value) =>
      problem(NUMBER.test(value) ? `value ${range} ${name} out of range` : `cannot parse value of ${name} parameter`),
  });
}

const radix = (text: string): number => (/^\s*\+?0[xX]/.test(text) ? 16 : /^\s*\+?0[0-7]/.test(text) ? 8 : 10);

const identity = (name: string): ReturnType<typeof attr<string>> =>
  attr(refined(str, parseUuid), { invalid: () => problem(`cannot parse ${name} parameter as a uuid`) });

const parameters = elementOf<VirtualPortParameters>(
  'parameters',
  {
    managerid: bounded('managerid', 0xff, 'of'),
    typeid: bounded('typeid', 0xffffff, 'for'),
    typeidversion: bounded('typeidversion', 0xff, 'of'),
    instanceid: identity('instanceid'),
    interfaceid: identity('interfaceid'),
    profileid: attr(
      refined(str, (value) => (value.length < 40 ? value : undefined)),
      {
        invalid: () => problem('profileid parameter too long'),
      },
    ),
  },
  { omitEmpty: true, before: (model) => (model.profileid === '' ? without(model, 'profileid') : model) },
);

/** Which parameters a type knows; the first ones it needs. */
const KNOWN: Record<VirtualPortType, readonly (keyof VirtualPortParameters)[]> = {
  '802.1Qbg': ['managerid', 'typeid', 'typeidversion', 'instanceid'],
  '802.1Qbh': ['profileid'],
  openvswitch: ['interfaceid', 'profileid'],
  midonet: ['interfaceid', 'profileid'],
};
const NEEDED: Record<VirtualPortType, readonly (keyof VirtualPortParameters)[]> = {
  '802.1Qbg': ['managerid', 'typeid', 'typeidversion'],
  '802.1Qbh': ['profileid'],
  openvswitch: ['interfaceid'],
  midonet: ['interfaceid'],
};
const TYPES = ['802.1Qbg', '802.1Qbh', 'openvswitch', 'midonet'] as const;
const ORDER = ['managerid', 'typeid', 'typeidversion', 'instanceid', 'profileid', 'interfaceid'] as const;

const FIELDS: Fields<VirtualPort> = {
  type: attr(oneOf(...TYPES), {
    invalid: (value) =>
      new LibvirtError(ErrorCode.CONFIG_UNSUPPORTED, ErrorDomain.NONE, `unknown virtualport type ${value}`),
  }),
  parameters: child(parameters),
};

/** `<virtualport>` as a place of use wants it. */
export const virtualPortWith = (rules: VirtualPortRules): ElementCodec<VirtualPort> =>
  elementOf<VirtualPort>('virtualport', FIELDS, {
    omitEmpty: true,
    after(model) {
      if (model.type === undefined && rules.optionalType !== true) throw problem('missing required virtualport type');
      if (rules.generate === true) generateIds(model);
      if (model.type !== undefined) checkNoExtras(model.type, model.parameters ?? {});
      if (rules.complete === true) checkComplete(model.type, model.parameters ?? {});
    },
    before(model) {
      const { type, parameters: all } = model;
      return type === 'midonet' && all?.profileid !== undefined
        ? { type, parameters: without(all, 'profileid') }
        : model;
    },
  });

/** `<virtualport>` with a type. */
export const virtualPort = virtualPortWith({});

function without<K extends keyof VirtualPortParameters>(all: VirtualPortParameters, key: K): VirtualPortParameters {
  const rest = { ...all };
  delete rest[key];
  return rest;
}

function generateIds(model: VirtualPort): void {
  const all = (model.parameters ??= {});
  const typed = model.type;
  if (typed === undefined || typed === '802.1Qbg') all.instanceid ??= generateUuid();
  if (typed === undefined || typed === 'openvswitch') all.interfaceid ??= generateUuid();
}

function checkNoExtras(type: VirtualPortType, all: VirtualPortParameters): void {
  const extra = ORDER.find((key) => all[key] !== undefined && all[key] !== '' && !KNOWN[type].includes(key));
  if (extra !== undefined) throw problem(`extra ${extra} unsupported in <virtualport type='${type}'>`, ErrorDomain.NET);
}

/** Refuses a port of a kind whose parameters are not all given. */
export function checkComplete(type: VirtualPortType | undefined, all: VirtualPortParameters): void {
  const missing = type && NEEDED[type].find((key) => all[key] === undefined || all[key] === '');
  if (missing !== undefined) throw problem(`missing ${missing} in <virtualport type='${type}'>`, ErrorDomain.NET);
}
