import { readFile } from 'node:fs/promises';
import type {
  Connect,
  Domain,
  Host,
  Interface,
  Network,
  NodeDevice,
  NWFilter,
  Secret,
  StoragePool,
  StorageVol,
} from '@virtkit/core';
import { type DocumentName, documentToXml } from '@virtkit/core/conf';
import { ErrorCode, LibvirtError } from '@virtkit/core/util';
import type { CommandSpec } from './command.js';
import { parseInteger, parseSize } from './output/units.js';
import { UsageError } from './output/usage-error.js';
import type { Session } from './session.js';

export interface Values {
  readonly args: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly options: Readonly<Record<string, string | true | undefined>>;
}

const UUID = /^[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}$/i;

/** One command being run: its arguments, and the objects that they name. */
export class Call {
  /** For the error message: `Failed to …`. */
  doing: string | undefined;

  constructor(
    readonly session: Session,
    readonly spec: CommandSpec,
    readonly values: Values,
  ) {}

  get signal(): AbortSignal {
    return this.session.signal;
  }

  connect(): Promise<Connect> {
    return this.session.connect();
  }

  host(): Promise<Host> {
    return this.session.host();
  }

  /** Says what is tried, for the message if it fails. */
  async attempt<T>(doing: string, work: Promise<T>): Promise<T> {
    this.doing = doing;
    const result = await work;
    this.doing = undefined;
    return result;
  }

  // Arguments and options

  /** A required argument. */
  arg(name: string): string {
    const value = this.values.args[name];
    if (typeof value !== 'string') throw new UsageError(`command '${this.spec.name}' requires <${name}> option`);
    return value;
  }

  optionalArg(name: string): string | undefined {
    const value = this.values.args[name];
    return typeof value === 'string' ? value : undefined;
  }

  rest(name: string): readonly string[] {
    const value = this.values.args[name];
    return typeof value === 'string' ? [value] : (value ?? []);
  }

  has(option: string): boolean {
    return this.values.options[option] !== undefined;
  }

  option(name: string): string | undefined {
    const value = this.values.options[name];
    return value === true ? '' : value;
  }

  requiredOption(name: string): string {
    const value = this.option(name);
    if (value === undefined) throw new UsageError(`command '${this.spec.name}' requires --${name} option`);
    return value;
  }

  integer(option: string): number | undefined {
    const value = this.option(option);
    return value === undefined ? undefined : parseInteger(value, `--${option}`);
  }

  integerArg(name: string): number {
    return parseInteger(this.arg(name), `<${name}>`);
  }

  size(option: string, scale = 1n): bigint | undefined {
    const value = this.option(option);
    return value === undefined ? undefined : parseSize(value, `--${option}`, scale);
  }

  /** Flag bits of the switches that were given. */
  get flags(): number {
    let bits = 0;
    for (const { name, bits: own } of this.spec.options) if (own !== undefined && this.has(name)) bits |= own;
    return bits;
  }

  /** A file's text; `-` is standard input. */
  async text(path: string): Promise<string> {
    this.doing = `read '${path}'`;
    const text = path === '-' ? await readAll(process.stdin) : await readFile(path, 'utf8');
    this.doing = undefined;
    return text;
  }

  textArg(name: string): Promise<string> {
    return this.text(this.arg(name));
  }

  /** The XML of a file that holds a document as XML or as JSON. */
  async document(kind: DocumentName, path = this.arg('file')): Promise<string> {
    const text = await this.text(path);
    this.doing = `read '${path}' as JSON`;
    const xml = documentToXml(kind, text);
    this.doing = undefined;
    return xml;
  }

  // Objects by id, UUID or name, in the order in which virsh looks

  async domain(name = 'domain'): Promise<Domain> {
    return this.domainNamed(this.arg(name));
  }

  async domainNamed(text: string): Promise<Domain> {
    const connect = await this.connect();
    this.doing = `get domain '${text}'`;
    const domain =
      (/^\d+$/.test(text) ? await found(connect.domainLookupByID(Number(text)), ErrorCode.NO_DOMAIN) : undefined) ??
      (UUID.test(text) ? await found(connect.domainLookupByUUID(text), ErrorCode.NO_DOMAIN) : undefined) ??
      (await connect.domainLookupByName(text));
    this.doing = undefined;
    return domain;
  }

  async network(name = 'network'): Promise<Network> {
    const connect = await this.connect();
    const text = this.arg(name);
    this.doing = `get network '${text}'`;
    const network =
      (UUID.test(text) ? await found(connect.networkLookupByUUID(text), ErrorCode.NO_NETWORK) : undefined) ??
      (await connect.networkLookupByName(text));
    this.doing = undefined;
    return network;
  }

  async pool(text = this.arg('pool')): Promise<StoragePool> {
    const connect = await this.connect();
    this.doing = `get pool '${text}'`;
    const pool =
      (UUID.test(text) ? await found(connect.storagePoolLookupByUUID(text), ErrorCode.NO_STORAGE_POOL) : undefined) ??
      (await connect.storagePoolLookupByName(text));
    this.doing = undefined;
    return pool;
  }

  /** A volume by name in `--pool`, by key, or by path. */
  async volume(text = this.arg('vol'), pool = this.option('pool')): Promise<StorageVol> {
    const connect = await this.connect();
    if (pool !== undefined) {
      const inPool = await this.pool(pool);
      this.doing = `get vol '${text}'`;
      const volume =
        (await found(inPool.storageVolLookupByName(text), ErrorCode.NO_STORAGE_VOL)) ??
        (await found(connect.storageVolLookupByKey(text), ErrorCode.NO_STORAGE_VOL)) ??
        (await connect.storageVolLookupByPath(text));
      this.doing = undefined;
      return volume;
    }
    this.doing = `get vol '${text}', specifying --pool might help`;
    const volume =
      (await found(connect.storageVolLookupByKey(text), ErrorCode.NO_STORAGE_VOL)) ??
      (await connect.storageVolLookupByPath(text));
    this.doing = undefined;
    return volume;
  }

  async secret(): Promise<Secret> {
    const text = this.arg('secret');
    return this.attempt(`get secret '${text}'`, (await this.connect()).secretLookupByUUID(text));
  }

  async nwfilter(): Promise<NWFilter> {
    const connect = await this.connect();
    const text = this.arg('nwfilter');
    this.doing = `get nwfilter '${text}'`;
    const filter =
      (UUID.test(text) ? await found(connect.nwfilterLookupByUUID(text), ErrorCode.NO_NWFILTER) : undefined) ??
      (await connect.nwfilterLookupByName(text));
    this.doing = undefined;
    return filter;
  }

  async interface(): Promise<Interface> {
    const connect = await this.connect();
    const text = this.arg('interface');
    const byMac = /^([0-9a-f]{1,2}:){5}[0-9a-f]{1,2}$/i.test(text);
    return this.attempt(
      `get interface '${text}'`,
      byMac ? connect.interfaceLookupByMACString(text) : connect.interfaceLookupByName(text),
    );
  }

  async nodeDevice(): Promise<NodeDevice> {
    const connect = await this.connect();
    const text = this.arg('device');
    const wwn = /^([0-9a-f]{16}),([0-9a-f]{16})$/i.exec(text);
    return this.attempt(
      `find node device '${text}'`,
      wwn === null ? connect.nodeDeviceLookupByName(text) : connect.nodeDeviceLookupSCSIHostByWWN(wwn[1]!, wwn[2]!),
    );
  }
}

/** What a lookup finds; undefined if it says that there is no such object. */
async function found<T>(lookup: Promise<T>, none: number): Promise<T | undefined> {
  try {
    return await lookup;
  } catch (error) {
    if (LibvirtError.is(error) && (error.code === none || error.code === ErrorCode.NO_SUPPORT)) return undefined;
    throw error;
  }
}

async function readAll(stream: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
