/** What is wrong with a document, in libxml2's words, and where. */
export interface Malformation {
  /** With the line and a pointer into it, as libvirt's clients show it. */
  readonly text: string;
  readonly line: number;
  readonly column: number;
}

interface Flaw {
  readonly what: string;
  /** Offset of the first character that is wrong. */
  readonly at: number;
}

interface Opened {
  readonly name: string;
  readonly line: number;
}

const NAME = /[\p{L}_:][\p{L}\p{N}_:.\-·]*/uy;
const BLANKS = /[ \t\r\n]*/y;
const DATA = /[^<&]*/y;
/** The characters that XML does not have at all. */
// eslint-disable-next-line no-control-regex
const NO_CHARACTER = /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/;
const ENTITIES = new Set(['lt', 'gt', 'amp', 'quot', 'apos']);
const SHOWN = 50;

/**
 * Finds the first flaw of a document that is not well-formed, as libxml2 would: clients show its words, and scripts look
 * for them. Undefined where it has no name for it.
 */
export function findMalformation(text: string): Malformation | undefined {
  const flaw = new Search(text).flaw();
  if (flaw === undefined) return undefined;
  const before = text.slice(0, flaw.at).split('\n');
  const context = text.split('\n')[before.length - 1] ?? '';
  const column = (before.at(-1) ?? '').length;
  return {
    text: `${flaw.what}\n${context === '' ? '(null)' : context}\n${'-'.repeat(column)}^`,
    line: before.length,
    column: column + 1,
  };
}

class Search {
  #at = 0;
  #counted = 0;
  #lines = 1;

  constructor(private readonly text: string) {}

  flaw(): Flaw | undefined {
    try {
      this.#document();
    } catch (flaw) {
      if (flaw instanceof Error) throw flaw;
      return flaw as Flaw | undefined;
    }
    return undefined;
  }

  /** Ends the search; without a text, where libxml2 has no word for it. */
  #fail(what?: string, at = this.#at): never {
    throw what === undefined ? undefined : { what, at };
  }

  #is(word: string): boolean {
    return this.text.startsWith(word, this.#at);
  }

  #blanks(): boolean {
    BLANKS.lastIndex = this.#at;
    const length = BLANKS.exec(this.text)?.[0].length ?? 0;
    this.#at += length;
    return length > 0;
  }

  /** The line that the search has come to. */
  #line(): number {
    for (; this.#counted < this.#at; this.#counted++) if (this.text[this.#counted] === '\n') this.#lines++;
    return this.#lines;
  }

  #name(): string | undefined {
    NAME.lastIndex = this.#at;
    const name = NAME.exec(this.text)?.[0];
    this.#at += name?.length ?? 0;
    return name;
  }

  #document(): void {
    const { text } = this;
    if (text === '') this.#fail('Document is empty');
    if (/^<\?xml[ \t\r\n]/.test(text)) {
      const end = text.indexOf('?>');
      if (end < 0) this.#fail('Blank needed here', text.length);
      this.#at = end + 2;
    }
    this.#misc();
    if (this.#is('<!DOCTYPE')) this.#fail();
    if (text[this.#at] !== '<') this.#fail("Start tag expected, '<' not found");
    this.#element();
    this.#misc();
    if (this.#at < text.length) this.#fail('Extra content at the end of the document');
  }

  /** Blanks, comments and instructions around the root element. */
  #misc(): void {
    for (;;) {
      this.#blanks();
      if (this.#is('<!--')) this.#comment();
      else if (this.#is('<?')) this.#instruction();
      else return;
    }
  }

  #instruction(): void {
    if (/^<\?xml[ \t\r\n?]/.test(this.text.slice(this.#at, this.#at + 6)))
      this.#fail('XML declaration allowed only at the start of the document', this.#at + 5);
    const end = this.text.indexOf('?>', this.#at);
    if (end < 0) this.#fail();
    this.#at = end + 2;
  }

  #comment(): void {
    const start = this.#at + 4;
    const end = this.text.indexOf('--', start);
    if (end < 0) this.#fail('Comment not terminated', this.text.length);
    if (this.text[end + 2] !== '>')
      this.#fail(`Double hyphen within comment: <!--${this.text.slice(start, end).slice(0, SHOWN)}`, end);
    this.#at = end + 3;
  }

  #element(): void {
    const { text } = this;
    const open: Opened[] = [];
    do {
      const top = open.at(-1);
      if (top !== undefined && this.#at >= text.length)
        this.#fail(`Premature end of data in tag ${top.name} line ${top.line}`);
      if (top !== undefined && this.#is('</')) {
        this.#endTag(top);
        open.pop();
      } else if (this.#is('<!--')) this.#comment();
      else if (this.#is('<![CDATA[')) {
        const end = text.indexOf(']]>', this.#at);
        if (end < 0) this.#fail();
        this.#at = end + 3;
      } else if (this.#is('<?')) this.#instruction();
      else if (text[this.#at] === '<') {
        const opened = this.#startTag();
        if (opened !== undefined) open.push(opened);
      } else if (text[this.#at] === '&') this.#reference();
      else this.#text();
    } while (open.length > 0);
  }

  #text(): void {
    const { text } = this;
    DATA.lastIndex = this.#at;
    const data = DATA.exec(text)?.[0] ?? '';
    const close = data.indexOf(']]>');
    const bad = NO_CHARACTER.exec(data);
    if (close >= 0 && (bad === null || close < bad.index))
      this.#fail("Sequence ']]>' not allowed in content", this.#at + close);
    if (bad !== null) this.#fail(`PCDATA invalid Char value ${bad[0].charCodeAt(0)}`, this.#at + bad.index);
    this.#at += data.length;
  }

  #reference(): void {
    const [number, hex] = /^&#(x?)/.exec(this.text.slice(this.#at, this.#at + 3)) ?? [];
    if (number !== undefined) {
      this.#at += number.length;
      const digits = hex === 'x' ? /[0-9a-fA-F]/ : /[0-9]/;
      while (digits.test(this.text[this.#at] ?? '')) this.#at++;
      if (this.text[this.#at] !== ';') this.#fail(`CharRef: invalid ${hex === 'x' ? 'hexadecimal' : 'decimal'} value`);
      this.#at++;
      return;
    }
    this.#at++;
    const name = this.#name();
    if (name === undefined) this.#fail('xmlParseEntityRef: no name');
    if (this.text[this.#at] !== ';') this.#fail("EntityRef: expecting ';'");
    this.#at++;
    if (!ENTITIES.has(name!)) this.#fail(`Entity '${name}' not defined`);
  }

  #endTag(top: Opened): void {
    this.#at += 2;
    const name = this.#name();
    this.#blanks();
    if (this.text[this.#at] !== '>') this.#fail("expected '>'");
    this.#at++;
    if (name !== top.name)
      this.#fail(`Opening and ending tag mismatch: ${top.name} line ${top.line} and ${name ?? 'unparsable'}`);
  }

  /** Undefined for an element that ends at once. */
  #startTag(): Opened | undefined {
    const { text } = this;
    const line = this.#line();
    this.#at++;
    const name = this.#name();
    if (name === undefined) this.#fail('StartTag: invalid element name');
    const seen = new Set<string>();
    let twice: string | undefined;
    for (;;) {
      const apart = this.#blanks();
      if (this.#at >= text.length) this.#fail(`Couldn't find end of Start Tag ${name} line ${line}`);
      const empty = this.#is('/>');
      if (empty || text[this.#at] === '>') {
        if (twice !== undefined) this.#fail(`Attribute ${twice} redefined`);
        this.#at += empty ? 2 : 1;
        return empty ? undefined : { name: name!, line };
      }
      if (!apart && seen.size > 0) this.#fail('attributes construct error');
      const attribute = this.#attribute();
      if (seen.has(attribute)) twice ??= attribute;
      seen.add(attribute);
    }
  }

  #attribute(): string {
    const { text } = this;
    const name = this.#name();
    if (name === undefined) this.#fail('error parsing attribute name');
    this.#blanks();
    if (text[this.#at] !== '=') this.#fail(`Specification mandates value for attribute ${name}`);
    this.#at++;
    this.#blanks();
    const quote = text[this.#at];
    if (quote !== '"' && quote !== "'") this.#fail('AttValue: " or \' expected');
    this.#at++;
    while (text[this.#at] !== quote) {
      if (this.#at >= text.length) this.#fail("AttValue: ' expected");
      if (text[this.#at] === '<') this.#fail("Unescaped '<' not allowed in attributes values");
      if (text[this.#at] === '&') this.#reference();
      else if (NO_CHARACTER.test(text[this.#at]!)) this.#fail('invalid character in attribute value');
      else this.#at++;
    }
    this.#at++;
    return name!;
  }
}
