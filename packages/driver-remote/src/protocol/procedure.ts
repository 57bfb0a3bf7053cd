import { xdr, type XdrFields, type XdrRecord, type XdrType, type XdrRecordValue } from '@virtkit/core/util';

/** Which driver table implements a procedure. */
export type DriverTable = 'hypervisor' | 'network' | 'storage' | 'interface' | 'nodeDevice' | 'secret' | 'nwfilter';

/** One permission that a call needs, perhaps only under a condition on its arguments. */
export interface AccessRule {
  readonly object: string;
  readonly permission: string;
  /** Needed only if one of these bits is in `flags`. */
  readonly anyFlag?: number;
  /** Needed only if none of these bits is in `flags`. */
  readonly noFlag?: number;
  /** Needed only if this argument has this value. */
  readonly argument?: { readonly name: string; readonly equals: number };
}

export type Permission = `${string}:${string}`;
type Access = Permission | AccessRule;

/** A stream that the call opens: which way data goes and the flag that lets holes be sent. */
export interface StreamKind {
  readonly direction: 'up' | 'down' | 'both';
  /** Position of the stream among the public function's parameters, from 0. */
  readonly parameter: number;
  /** What the protocol's own description declares; differs for consoles, which go both ways. */
  readonly declared: 'up' | 'down';
  readonly sparseFlag?: number;
}

/** File descriptors that go with a message, over unix sockets only. */
export interface DescriptorUse {
  readonly direction: 'in' | 'out' | 'both';
  readonly min: number;
  readonly max: number;
}

export interface ProcedureOptions {
  /** The driver's method, where it is not named as the procedure. */
  readonly driver?: string;
  /** Permission that each item of the answer needs to be shown. */
  readonly filter?: Permission;
  readonly stream?: StreamKind;
  readonly fds?: DescriptorUse;
  /** Allowed before authentication. */
  readonly anonymous?: true;
}

export type Priority = 'high' | 'low';
type RecordLike = XdrFields | XdrRecord | null;
type RecordOf<R extends RecordLike> = R extends null
  ? undefined
  : R extends XdrRecord
    ? R
    : R extends XdrFields
      ? XdrType<XdrRecordValue<R>> & XdrRecord
      : undefined;

/** A remote procedure as its table describes it; name, program and driver table are added when tables are joined. */
export interface ProcedureSpec<
  A extends XdrRecord | undefined = XdrRecord | undefined,
  R extends XdrRecord | undefined = XdrRecord | undefined,
> {
  readonly kind: 'call' | 'event';
  readonly number: number;
  /** The arguments of a call, the content of an event. */
  readonly args: A;
  readonly ret: R;
  readonly priority: Priority | undefined;
  readonly access: readonly AccessRule[];
  readonly options: ProcedureOptions;
}

function toRecord(fields: RecordLike): XdrRecord | undefined {
  if (fields === null) return undefined;
  return isRecord(fields) ? fields : xdr.record(fields);
}
const isRecord = (value: XdrFields | XdrRecord): value is XdrRecord => value['kind'] === 'record';

/** A call from client to server. `priority` high: it never waits for a hypervisor. */
export function call<const A extends RecordLike, const R extends RecordLike>(
  number: number,
  priority: Priority,
  args: A,
  ret: R,
  access: readonly Access[] = [],
  options: ProcedureOptions = {},
): ProcedureSpec<RecordOf<A>, RecordOf<R>> {
  return {
    kind: 'call',
    number,
    args: toRecord(args) as RecordOf<A>,
    ret: toRecord(ret) as RecordOf<R>,
    priority,
    access: access.map((rule) => (typeof rule === 'string' ? parsePermission(rule) : rule)),
    options,
  };
}

/** A message from server to client that no call asked for. */
export function event<const M extends RecordLike>(number: number, message: M): ProcedureSpec<RecordOf<M>, undefined> {
  return {
    kind: 'event',
    number,
    args: toRecord(message) as RecordOf<M>,
    ret: undefined,
    priority: undefined,
    access: [],
    options: {},
  };
}

function parsePermission(text: string): AccessRule {
  const colon = text.indexOf(':');
  return { object: text.slice(0, colon), permission: text.slice(colon + 1) };
}

/** The permission is needed if one of the bits is set in `flags`. */
export const ifFlag = (permission: Permission, flag: number): AccessRule => ({
  ...parsePermission(permission),
  anyFlag: flag,
});
/** The permission is needed if none of the bits is set in `flags`. */
export const unlessFlag = (permission: Permission, flags: number): AccessRule => ({
  ...parsePermission(permission),
  noFlag: flags,
});
/** The permission is needed if the argument has the value. */
export const ifArgument = (permission: Permission, name: string, equals: number): AccessRule => ({
  ...parsePermission(permission),
  argument: { name, equals },
});

export type ProcedureTable = Readonly<Record<string, ProcedureSpec>>;

/** A procedure of a program, ready to be dispatched or called. */
export interface Procedure extends ProcedureSpec {
  readonly name: string;
  readonly program: ProgramInfo;
  readonly table: DriverTable | undefined;
  /** The driver's method that does it; undefined for what daemon and client settle between them. */
  readonly driver: string | undefined;
  readonly stream: StreamKind | undefined;
}

export interface ProgramInfo {
  readonly name: string;
  readonly number: number;
  readonly version: number;
}

export interface Program extends ProgramInfo {
  readonly procedures: readonly Procedure[];
  /** By procedure number. */
  readonly byNumber: readonly (Procedure | undefined)[];
  readonly byName: ReadonlyMap<string, Procedure>;
}

/** Joins the tables of a program. Each part says which driver table its calls go to, `undefined` for none. */
export function program(
  info: ProgramInfo,
  parts: readonly (readonly [DriverTable | undefined, ProcedureTable])[],
): Program {
  const procedures: Procedure[] = [];
  for (const [table, specs] of parts)
    for (const [name, spec] of Object.entries(specs)) {
      const driver = spec.kind === 'call' && table !== undefined ? (spec.options.driver ?? name) : undefined;
      const { kind, number, args, ret, priority, access, options } = spec;
      const { stream } = options;
      procedures.push({
        kind,
        number,
        args,
        ret,
        priority,
        access,
        options,
        name,
        program: info,
        table,
        driver,
        stream,
      });
    }
  const byNumber: (Procedure | undefined)[] = [];
  for (const procedure of procedures) byNumber[procedure.number] = procedure;
  return { ...info, procedures, byNumber, byName: new Map(procedures.map((one) => [one.name, one])) };
}
