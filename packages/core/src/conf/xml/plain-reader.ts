import type { XmlNode } from './node.js';
import { MAX_DEPTH, TreeBuilder } from './tree-builder.js';

/**
 * Characters that need a closer look somewhere: controls, carriage returns, what lies beyond the basic plane. Without
 * them every character of a document is allowed by XML, and no line end needs to be made uniform.
 */
const UNUSUAL = /[^\t\n\x20-\x7e\u00a0-\ud7ff]/;

const DECLARATION = /<\?xml version=(?:'1\.0'|"1\.0")(?: encoding=(?:'(?:UTF|utf)-8'|"(?:UTF|utf)-8"))?\s*\?>/y;

const NAME_START = 1;
const NAME_PART = 2;
const KIND = new Uint8Array(128);
for (const c of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_') KIND[c.charCodeAt(0)] = NAME_START | NAME_PART;
for (const c of '0123456789.-') KIND[c.charCodeAt(0)] = NAME_PART;

const TAB = 9;
const LF = 10;
const SPACE = 32;
const BANG = 33;
const QUOTE = 34;
const AMPERSAND = 38;
const APOS = 39;
const SLASH = 47;
const COLON = 58;
const LESS = 60;
const EQUALS = 61;
const MORE = 62;

const REFERENCES = new Map([
  ['lt', '<'],
  ['gt', '>'],
  ['amp', '&'],
  ['quot', '"'],
  ['apos', "'"],
]);

/** An object without inherited properties that is cheaper to make and fill than one made by Object.create(null). */
const Attributes = function () {} as unknown as new () => Record<string, string>;
Attributes.prototype = Object.create(null) as object;

/** Names met lately, by a hash of their characters: the same few hundred come again and again, and seldom share a place. */
const NAMES = 4096;
const names: (string | undefined)[] = new Array<string | undefined>(NAMES).fill(undefined);

/** A copy that the engine keeps once, so that it is fast as a property's name and does not hold the document. */
const interned = (name: string): string => Object.keys({ [name]: 0 })[0] as string;

/**
 * Reads documents of the plain kind that libvirt's clients write: elements, attributes, text, comments, the five
 * references. undefined for anything else, well-formed or not: that is for the full parser to say, and to explain. Never
 * accepts what the full parser refuses, and gives the same tree.
 */
export function readPlainXml(text: string): XmlNode | undefined {
  if (UNUSUAL.test(text) || text.includes(']]>')) return undefined;
  const scanner = new Scanner(text);
  return scanner.document() ? scanner.tree.root : undefined;
}

class Scanner {
  readonly tree: TreeBuilder;
  private at = 0;
  private line = 1;
  /** Where the colon of the name read last is; -1 for one without a prefix. */
  private colon = -1;
  private readonly open: string[] = [];

  constructor(private readonly text: string) {
    this.tree = new TreeBuilder(text.includes('xmlns'));
  }

  document(): boolean {
    DECLARATION.lastIndex = 0;
    if (DECLARATION.test(this.text)) this.passTo(DECLARATION.lastIndex);
    if (!this.misc() || !this.startTag()) return false;
    while (this.open.length > 0) if (!this.content()) return false;
    return this.misc() && this.at === this.text.length;
  }

  /** White space and comments outside of the root. */
  private misc(): boolean {
    for (;;) {
      this.space();
      if (!this.text.startsWith('<!--', this.at)) return true;
      if (!this.comment()) return false;
    }
  }

  private content(): boolean {
    const { text } = this;
    const start = this.at;
    let next = start;
    let references = false;
    for (let c = text.charCodeAt(next); c !== LESS; c = text.charCodeAt(++next)) {
      if (c === LF) this.line++;
      else if (c === AMPERSAND) references = true;
      else if (next >= text.length) return false;
    }
    if (next > start) {
      const data = references ? decoded(text.slice(start, next)) : text.slice(start, next);
      if (data === undefined) return false;
      this.tree.text(data);
      this.at = next;
    }
    const c = text.charCodeAt(next + 1);
    if (c === SLASH) return this.endTag();
    return c === BANG ? text.startsWith('<!--', next) && this.comment() : this.startTag();
  }

  private comment(): boolean {
    const start = this.at + 4;
    const end = this.text.indexOf('--', start);
    if (end < 0 || this.text.charCodeAt(end + 2) !== MORE) return false;
    this.tree.comment(this.text.slice(start, end));
    this.passTo(end + 3);
    return true;
  }

  /** Goes on from there, past a part that may have several lines. */
  private passTo(at: number): void {
    for (let c = this.at; c < at; c++) if (this.text.charCodeAt(c) === LF) this.line++;
    this.at = at;
  }

  private endTag(): boolean {
    const name = this.open.pop() as string;
    if (!this.text.startsWith(name, this.at + 2)) return false;
    this.at += 2 + name.length;
    this.space();
    if (this.text.charCodeAt(this.at) !== MORE) return false;
    this.at++;
    this.tree.close();
    return true;
  }

  private startTag(): boolean {
    const { text } = this;
    if (text.charCodeAt(this.at) !== LESS || this.open.length >= MAX_DEPTH) return false;
    this.at++;
    const name = this.name();
    if (name === undefined) return false;
    const { colon } = this;
    const attrs = new Attributes();
    for (;;) {
      const before = this.at;
      this.space();
      const c = text.charCodeAt(this.at);
      if (c === MORE || c === SLASH) return this.finishStart(name, colon, attrs, c === SLASH);
      if (this.at === before || !this.attribute(attrs)) return false;
    }
  }

  private finishStart(name: string, colon: number, attrs: Record<string, string>, empty: boolean): boolean {
    if (empty && this.text.charCodeAt(++this.at) !== MORE) return false;
    this.at++;
    this.tree.open(name, attrs, this.line, colon);
    if (empty) this.tree.close();
    else this.open.push(name);
    return true;
  }

  private attribute(attrs: Record<string, string>): boolean {
    const { text } = this;
    const name = this.name();
    if (name === undefined) return false;
    this.space();
    if (text.charCodeAt(this.at) !== EQUALS) return false;
    this.at++;
    this.space();
    const quote = text.charCodeAt(this.at);
    if (quote !== APOS && quote !== QUOTE) return false;
    const start = this.at + 1;
    let end = start;
    let references = false;
    for (let c = text.charCodeAt(end); c !== quote; c = text.charCodeAt(++end)) {
      // No blank but the space is kept as it is, and the end of the document is none of the attribute.
      if (c === LESS || c === LF || c === TAB || end >= text.length) return false;
      references ||= c === AMPERSAND;
    }
    if (name in attrs) return false;
    const value = references ? decoded(text.slice(start, end)) : text.slice(start, end);
    if (value === undefined) return false;
    attrs[name] = value;
    this.at = end + 1;
    return true;
  }

  /** A name of ASCII letters, with at most one prefix. */
  private name(): string | undefined {
    const { text } = this;
    const start = this.at;
    let at = start;
    let hash = 0;
    this.colon = -1;
    let c = text.charCodeAt(at);
    if (((KIND[c] ?? 0) & NAME_START) === 0) return undefined;
    do {
      hash = (hash * 31 + c) | 0;
      c = text.charCodeAt(++at);
      if (c === COLON && this.colon < 0 && ((KIND[text.charCodeAt(at + 1)] ?? 0) & NAME_START) !== 0) {
        this.colon = at - start;
        c = text.charCodeAt(++at);
      }
    } while (((KIND[c] ?? 0) & NAME_PART) !== 0);
    this.at = at;
    const place = hash & (NAMES - 1);
    const known = names[place];
    if (known !== undefined && known.length === at - start && text.startsWith(known, start)) return known;
    return (names[place] = interned(text.slice(start, at)));
  }

  private space(): void {
    const { text } = this;
    let c = text.charCodeAt(this.at);
    while (c === SPACE || c === LF || c === TAB) {
      if (c === LF) this.line++;
      c = text.charCodeAt(++this.at);
    }
  }
}

/** Text with its references replaced; undefined for one that is not one of the five. */
function decoded(text: string): string | undefined {
  if (!text.includes('&')) return text;
  const parts = text.split('&');
  let out = parts[0] as string;
  for (let i = 1; i < parts.length; i++) {
    const part = parts[i] as string;
    const end = part.indexOf(';');
    const char = end < 0 ? undefined : REFERENCES.get(part.slice(0, end));
    if (char === undefined) return undefined;
    out += char + part.slice(end + 1);
  }
  return out;
}
