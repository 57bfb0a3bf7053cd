import { ErrorCode, ErrorDomain, LibvirtError } from '@virtkit/core/util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readXmlFast } from '../../../src/conf/xml/fast-xml-reader.js';
import type { XmlNode } from '../../../src/conf/xml/node.js';
import { readPlainXml } from '../../../src/conf/xml/plain-reader.js';
import { readAnyXml, readXml } from '../../../src/conf/xml/reader.js';

const readers = [
  ['the plain reader first', readXml],
  ['saxes', readAnyXml],
  ['fast-xml-parser', readXmlFast],
] as const;

const shape = (node: XmlNode): unknown => ({
  name: node.name,
  ns: node.ns,
  attrs: { ...node.attrs },
  text: node.text,
  children: node.children.map(shape),
  ...(node.mixed && {
    mixed: node.mixed.map((part) => (typeof part === 'object' && 'name' in part ? part.name : part)),
  }),
});

function refusal(run: () => unknown): LibvirtError {
  try {
    run();
  } catch (error) {
    if (LibvirtError.is(error)) return error;
    throw error;
  }
  throw new Error('was accepted');
}

describe.each(readers)('readXml with %s', (_name, read) => {
  it.each([
    ['nothing', ''],
    ['only blanks', ' \n'],
    ['text only', 'domain'],
    ['two roots', '<a/><b/>'],
    ['trailing junk', '<a/>junk'],
    ['raw < in an attribute', "<a b='<'/>"],
    ['an undefined entity', '<a>&nbsp;</a>'],
    ['an undefined entity in an attribute', "<a b='&x;'/>"],
    ['a bare &', '<a>a & b</a>'],
    ['a DOCTYPE', '<!DOCTYPE a><a/>'],
    ['a DOCTYPE with entities', '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'],
    ['an attribute twice', "<a b='1' b='2'/>"],
    ['an attribute without quotes', '<a b=1/>'],
    ['an unclosed tag', '<a><b></a>'],
    ['an unclosed root', '<a>'],
    ['an end without start', '<a/></b>'],
    ['an end inside a tag', '<a b="1'],
    ['a reference to a forbidden character', '<a>&#0;</a>'],
    ['a control character', '<a>\u0001</a>'],
    ['an unclosed comment', '<a><!-- </a>'],
    ['an unclosed CDATA', '<a><![CDATA[ </a>'],
    ['a late XML declaration', "<a/><?xml version='1.0'?>"],
  ])('refuses %s', (_what, text) => {
    const error = refusal(() => read(text));
    expect(error.code).toBe(ErrorCode.XML_DETAIL);
    expect(error.domain).toBe(ErrorDomain.XML);
    expect(error.detail).toMatch(/at line \d+, column \d+$|\n-*\^$/);
  });

  it.each([
    ['<domain', "1: Couldn't find end of Start Tag domain line 1\n<domain\n-------^"],
    ['<a>\n<domain \n', "3: Couldn't find end of Start Tag domain line 2\n(null)\n^"],
    ['<domain>\n <name>a</name>', '2: Premature end of data in tag domain line 1\n <name>a</name>\n---------------^'],
    ['<domain>\n<a>\n </b>\n</domain>', '3: Opening and ending tag mismatch: a line 2 and b\n </b>\n-----^'],
    ['<a><b></a>', '1: Opening and ending tag mismatch: b line 1 and a\n<a><b></a>\n----------^'],
    ['', '1: Document is empty\n(null)\n^'],
    ['x<a/>', "1: Start tag expected, '<' not found\nx<a/>\n^"],
    ['<a b=c/>', '1: AttValue: " or \' expected\n<a b=c/>\n-----^'],
    ['<a\n b></a>', '2: Specification mandates value for attribute b\n b></a>\n--^'],
    ['<a b="1" b="2"/>', '1: Attribute b redefined\n<a b="1" b="2"/>\n--------------^'],
    ['<a b="1"c="2"/>', '1: attributes construct error\n<a b="1"c="2"/>\n--------^'],
    ['<a b="<"/>', '1: Unescaped \'<\' not allowed in attributes values\n<a b="<"/>\n------^'],
    ['<a b="1/>', '1: AttValue: \' expected\n<a b="1/>\n---------^'],
    ['<a>&nbsp;</a>', "1: Entity 'nbsp' not defined\n<a>&nbsp;</a>\n---------^"],
    ['<a>b & c</a>', '1: xmlParseEntityRef: no name\n<a>b & c</a>\n------^'],
    ['<a>&lt</a>', "1: EntityRef: expecting ';'\n<a>&lt</a>\n------^"],
    ['<a>&#xg;</a>', '1: CharRef: invalid hexadecimal value\n<a>&#xg;</a>\n------^'],
    ['<a/>\n<b/>', '2: Extra content at the end of the document\n<b/>\n^'],
    ['<a><1/></a>', '1: StartTag: invalid element name\n<a><1/></a>\n----^'],
    ['<a></a', "1: expected '>'\n<a></a\n------^"],
    ['<a / >', '1: error parsing attribute name\n<a / >\n---^'],
    ['<a>]]></a>', "1: Sequence ']]>' not allowed in content\n<a>]]></a>\n---^"],
    ['<a>\u0001</a>', '1: PCDATA invalid Char value 1\n<a>\u0001</a>\n---^'],
    ['\n', "2: Start tag expected, '<' not found\n(null)\n^"],
  ])('says what libvirt says of %j', (text, said) => {
    expect(refusal(() => read(text)).detail).toBe(`(XML document):${said}`);
  });

  it('says where the fault is', () => {
    expect(refusal(() => read('<a>\n <b>\n <![CDATA[ \n</a>')).detail).toMatch(/at line \d+, column \d+$/);
  });

  it('accepts 256 levels and no more', () => {
    const nested = (levels: number): string => '<a>'.repeat(levels) + '</a>'.repeat(levels);
    expect(read(nested(256)).name).toBe('a');
    expect(refusal(() => read(nested(257))).detail).toContain('nested deeper');
  });

  it('decodes references, keeps CDATA, drops comments and processing instructions', () => {
    const node = read("<?xml version='1.0'?><a b='&lt;&#65;&#x42;&quot;'>&amp;&#67;<![CDATA[<x>]]><?pi x?></a>");
    expect(node.attrs.b).toBe('<AB"');
    expect(node.text).toBe('&C<x>');
  });

  it('matches namespaces by URI and leaves unbound prefixes alone', () => {
    const node = read("<a xmlns:q='urn:q'><q:b/><c xmlns='urn:d'><d/></c><u:e/><f/></a>");
    const [b, c, e, f] = node.children;
    expect([b?.name, b?.ns]).toEqual(['b', 'urn:q']);
    expect([c?.ns, c?.children[0]?.ns]).toEqual(['urn:d', 'urn:d']);
    expect([e?.name, e?.ns]).toEqual(['u:e', '']);
    expect(f?.ns).toBe('');
  });
});

const names = fc.constantFrom('a', 'b', 'disk', 'q:x', 'c-d');
const words = fc.string({ unit: fc.constantFrom('a', '&', '<', "'", '"', ' ', '\n', 'é', ']', '0'), maxLength: 8 });
const escape = (text: string): string =>
  text.replace(/[&<>'"\n]/g, (c) =>
    c === '\n' ? '&#10;' : { '&': '&amp;', '<': '&lt;', '>': '&gt;', "'": '&apos;', '"': '&quot;' }[c]!,
  );
const { element } = fc.letrec<{ element: string }>((tie) => ({
  element: fc
    .tuple(
      names,
      fc.dictionary(fc.constantFrom('x', 'y', 'z:w'), words, { noNullPrototype: true }),
      fc.array(fc.oneof({ depthSize: 'small' }, words.map(escape), tie('element'), fc.constant('<!-- c -->')), {
        maxLength: 4,
      }),
    )
    .map(([name, attrs, content]) => {
      const written = Object.entries(attrs).map(([key, value]) => ` ${key}='${escape(value)}'`);
      return content.length === 0
        ? `<${name}${written.join('')}/>`
        : `<${name}${written.join('')}>${content.join('')}</${name}>`;
    }),
}));

describe('readXml', () => {
  it('refuses a document that is too long', () => {
    expect(refusal(() => readXml(`<a>${'x'.repeat(10_000_000)}</a>`)).detail).toContain('longer than');
  });

  it('is not fooled by names of Object.prototype', () => {
    const node = readXml("<a __proto__='x' constructor='y'><toString/></a>");
    expect(node.attrs['__proto__']).toBe('x');
    expect(node.attrs.constructor).toBe('y');
    expect(node.children[0]?.name).toBe('toString');
    expect(({} as { x?: unknown }).x).toBeUndefined();
  });
});

/** The same with lines. */
const lines = (node: XmlNode): unknown => [node.line, ...node.children.map(lines)];

describe('the plain reader', () => {
  it('reads what clients write without help', () => {
    const text =
      "<?xml version='1.0' encoding='UTF-8'?>\n<!-- virsh -->\n<a x='1 &lt;'\n  y=\"it's\">\n <b/>é &amp; <!-- c -->\n<q:c xmlns:q='urn:q'>t</q:c>\n</a>\n";
    const tree = readPlainXml(text);
    expect(tree).toBeDefined();
    expect(shape(tree as XmlNode)).toEqual(shape(readAnyXml(text)));
    expect(lines(tree as XmlNode)).toEqual(lines(readAnyXml(text)));
  });

  it('leaves the rest to the full parser', () => {
    for (const text of [
      '<a>&#65;</a>',
      '<a>\r\n</a>',
      '<a>😀</a>',
      '<a><![CDATA[x]]></a>',
      '<a b="1\n2"/>',
      '<é/>',
      '<a>&constructor;</a>',
    ])
      expect(readPlainXml(text)).toBeUndefined();
  });

  const edits = fc.array(
    fc.tuple(
      fc.nat(),
      fc.constantFrom(
        '<',
        '>',
        '/',
        '&',
        "'",
        '"',
        '=',
        '!',
        ' ',
        '',
        'a',
        ':',
        '-',
        '<!--',
        '-->',
        '<?x?>',
        ']]>',
        '&lt;',
        '&#9;',
        '\r',
        "b='1'",
        '</a>',
        '<a>',
      ),
    ),
    { maxLength: 4 },
  );

  it('never accepts what the full parser refuses, and never reads it otherwise', () => {
    let plain = 0;
    fc.assert(
      fc.property(element, edits, (text, changes) => {
        for (const [at, insert] of changes)
          text = text.slice(0, at % text.length) + insert + text.slice(at % text.length);
        const tree = readPlainXml(text);
        if (tree === undefined) return;
        plain++;
        const full = readAnyXml(text);
        expect(shape(tree)).toEqual(shape(full));
        expect(lines(tree)).toEqual(lines(full));
      }),
      { numRuns: 3000 },
    );
    expect(plain).toBeGreaterThan(100);
  });
});

describe('both readers', () => {
  it('give the same tree', () => {
    fc.assert(
      fc.property(element, (text) => {
        const tree = shape(readAnyXml(text));
        expect(shape(readXmlFast(text))).toEqual(tree);
        expect(shape(readXml(text))).toEqual(tree);
      }),
      { numRuns: 300 },
    );
  });

  it('raise nothing but LibvirtError, whatever they are given', () => {
    const edits = fc.array(fc.tuple(fc.nat(), fc.constantFrom('<', '>', '/', '&', "'", '=', '!', '', '<!DOCTYPE x>')), {
      maxLength: 4,
    });
    fc.assert(
      fc.property(element, edits, (text, changes) => {
        for (const [at, insert] of changes)
          text = text.slice(0, at % text.length) + insert + text.slice((at % text.length) + 1);
        for (const [, read] of readers)
          try {
            read(text);
          } catch (error) {
            expect(LibvirtError.is(error)).toBe(true);
          }
      }),
      { numRuns: 500 },
    );
  });
});
