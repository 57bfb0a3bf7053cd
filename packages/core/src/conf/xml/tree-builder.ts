import { ErrorCode, ErrorDomain, LibvirtError } from '../../util/index.js';
import type { XmlContent, XmlNode } from './node.js';

/** Deepest nesting accepted; libxml2's limit. */
export const MAX_DEPTH = 256;
/** Longest document accepted, in characters; a document over the wire is at most 4 MiB. */
export const MAX_LENGTH = 10_000_000;

type Writable = { -readonly [K in keyof XmlNode]: XmlNode[K] } & { children: XmlNode[] };
type Scope = ReadonlyMap<string, string>;

const NO_SCOPE: Scope = new Map([['xml', 'http://www.w3.org/XML/1998/namespace']]);
const NO_CHILDREN: XmlNode[] = [];

/** Builds the tree from a parser's events and watches the limits; the same for every parser, so that trees are too. */
export class TreeBuilder {
  private readonly stack: Writable[] = [];
  private readonly scopes: Scope[] = [];
  private readonly contents: (XmlContent[] | undefined)[] = [];
  private scope = NO_SCOPE;
  /** The innermost element that is open. */
  top: Writable | undefined;
  root: XmlNode | undefined;

  /** `namespaced`: whether the document declares any namespace at all; most do not. */
  constructor(
    private readonly namespaced: boolean,
    private readonly document?: string,
  ) {}

  open(qname: string, attrs: Record<string, string>, line: number, colon = qname.indexOf(':')): void {
    if (this.namespaced) {
      this.scopes.push(this.scope);
      this.declare(attrs);
    }
    const uri = colon < 0 && !this.namespaced ? undefined : this.scope.get(colon < 0 ? '' : qname.slice(0, colon));
    const name = colon < 0 || uri === undefined ? qname : qname.slice(colon + 1);
    const node: Writable = { name, ns: uri ?? '', qname, attrs, children: NO_CHILDREN, text: '', line };
    const parent = this.top;
    if (parent === undefined) this.root = node;
    else {
      if (parent.children === NO_CHILDREN) parent.children = [node];
      else parent.children.push(node);
      this.contents[this.contents.length - 1]?.push(node);
    }
    if (this.stack.length >= MAX_DEPTH)
      throw xmlProblem(`elements are nested deeper than ${MAX_DEPTH} levels`, line, undefined, {
        document: this.document,
      });
    this.stack.push(node);
    this.contents.push(undefined);
    this.top = node;
  }

  text(data: string): void {
    const node = this.top;
    if (node === undefined) return;
    const content = this.contents[this.contents.length - 1];
    if (content !== undefined) content.push(data);
    else if (node.children.length > 0) {
      if (isBlank(data)) return;
      this.startMixed(node).push(data);
    }
    node.text += data;
  }

  comment(data: string): void {
    const node = this.top;
    if (node === undefined) return;
    (this.contents[this.contents.length - 1] ?? this.startMixed(node)).push({ comment: data });
  }

  close(): void {
    this.stack.pop();
    const node = this.top as Writable;
    const content = this.contents.pop();
    if (content !== undefined)
      node.mixed = isBlank(node.text) ? content.filter((part) => typeof part !== 'string') : content;
    // Indentation between child elements is no content; libvirt reads without it as well.
    if (node.children.length > 0 && node.mixed === undefined && isBlank(node.text)) node.text = '';
    if (this.namespaced) this.scope = this.scopes.pop() as Scope;
    this.top = this.stack[this.stack.length - 1];
  }

  /** Puts the element's namespace declarations in force. */
  private declare(attrs: Record<string, string>): void {
    for (const key in attrs) {
      if (key.startsWith('xmlns') && (key.length === 5 || key[5] === ':')) {
        const inner = new Map(this.scope);
        for (const name in attrs) if (name.startsWith('xmlns:')) inner.set(name.slice(6), attrs[name] as string);
        if (attrs.xmlns !== undefined) inner.set('', attrs.xmlns);
        this.scope = inner;
        break;
      }
    }
  }

  /** From here on the order within `node` is kept; what came before was text first, then elements. */
  private startMixed(node: Writable): XmlContent[] {
    const content: XmlContent[] = isBlank(node.text) ? [...node.children] : [node.text, ...node.children];
    this.contents[this.contents.length - 1] = content;
    return content;
  }
}

export function isBlank(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c !== 0x20 && c !== 0x0a && c !== 0x09 && c !== 0x0d) return false;
  }
  return true;
}

/** Whose error a malformed document is, by what libvirt calls the document. */
const SUBSYSTEMS: Readonly<Record<string, ErrorDomain>> = {
  domain_definition: ErrorDomain.DOMAIN,
  device_definition: ErrorDomain.DOMAIN,
  metadata_xml: ErrorDomain.DOMAIN,
  domain_backup: ErrorDomain.DOMAIN,
  domain_snapshot: ErrorDomain.DOMAIN_SNAPSHOT,
  domain_checkpoint: ErrorDomain.DOMAIN_CHECKPOINT,
  network_definition: ErrorDomain.NETWORK,
  network_update_xml: ErrorDomain.NETWORK,
  networkport_definition: ErrorDomain.NETWORK,
  storage_pool_definition: ErrorDomain.STORAGE,
  storage_source_specification: ErrorDomain.STORAGE,
  storage_volume_definition: ErrorDomain.STORAGE,
  definition_of_secret: ErrorDomain.SECRET,
  node_device_definition: ErrorDomain.NODEDEV,
  interface_definition: ErrorDomain.INTERFACE,
  nwfilter_definition: ErrorDomain.NWFILTER,
  nwfilterbinding_definition: ErrorDomain.NWFILTER,
  CPU_definition: ErrorDomain.CPU,
};

/** What libvirt calls without brackets. */
const BARE: ReadonlySet<string> = new Set(['network_update_xml']);

/** XML_DETAIL: the document is not well-formed, or passes a limit. */
export function xmlProblem(
  what: string,
  line: number,
  column?: number,
  options: {
    readonly document?: string | undefined;
    readonly cause?: unknown;
    /** `what` says where it is. */
    readonly placed?: boolean;
  } = {},
): LibvirtError {
  const { document = 'XML document', cause, placed = false } = options;
  const place = placed ? '' : column === undefined ? ` at line ${line}` : ` at line ${line}, column ${column}`;
  return new LibvirtError(
    ErrorCode.XML_DETAIL,
    SUBSYSTEMS[document] ?? ErrorDomain.XML,
    `${BARE.has(document) ? document : `(${document})`}:${line}: ${what}${place}`,
    {
      int1: line,
      ...(column === undefined ? {} : { int2: column }),
      ...(cause === undefined ? {} : { cause }),
    },
  );
}
