import { ErrorCode, ErrorDomain, LibvirtError } from '@virtkit/core/util';
import { describe, expect, it } from 'vitest';
import {
  attr,
  attrOr,
  child,
  confContext,
  custom,
  elementOf,
  explainUnknown,
  flag,
  formatDocument,
  hex,
  int,
  leaf,
  list,
  oneOf,
  onOff,
  parseDocument,
  part,
  raw,
  readXml,
  req,
  scaled,
  str,
  text,
  uint,
  variants,
} from '@virtkit/core/conf';

interface Balloon {
  model: 'virtio' | 'none';
  autodeflate?: boolean;
  size?: number;
  stats?: { period?: number };
  quiet?: true;
  alias?: { name: string };
  secret?: string;
  metadata?: string;
}

const balloon = elementOf<Balloon>('memballoon', {
  model: req(oneOf('virtio', 'none')),
  autodeflate: attr(onOff),
  secret: attr(str).when('secure'),
  size: scaled('KiB'),
  stats: child(part('stats', { period: attr(int) }, { omitEmpty: true })),
  quiet: flag(),
  alias: child(part('alias', { name: req(str) })).when('live'),
  metadata: raw(),
});

type Backend = { model: 'random'; path: string } | { model: 'egd'; type: string; port?: number } | { model: 'builtin' };

const backend = elementOf<Backend>(
  'backend',
  variants('model', {
    random: { path: text(str) },
    egd: { type: req(str), port: attr(hex(4)) },
    builtin: {},
  }),
);

interface Rng {
  count: number;
  backend: Backend[];
  name?: string;
  sum?: number;
}

const rng = elementOf<Rng>('rng', {
  count: attrOr(uint, 1),
  name: leaf(str),
  backend: list(backend),
  sum: custom({
    reason: 'two attributes make one number',
    covers: { attributes: ['a', 'b'] },
    decode: (node) => (node.attrs.a === undefined ? undefined : Number(node.attrs.a) + Number(node.attrs.b)),
    attrs: (value) => ` a='${value}' b='0'`,
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

describe('elementOf', () => {
  it('reads in any order and writes in its own', () => {
    const model = parseDocument(
      balloon,
      "<memballoon autodeflate='off' model='virtio'><quiet/><stats period='10'/><size unit='MiB'>2</size></memballoon>",
    );
    expect(model).toEqual({ model: 'virtio', autodeflate: false, quiet: true, stats: { period: 10 }, size: 2048 });
    expect(formatDocument(balloon, model)).toBe(
      "<memballoon model='virtio' autodeflate='off'>\n  <size unit='KiB'>2048</size>\n  <stats period='10'/>\n  <quiet/>\n</memballoon>\n",
    );
  });

  it('leaves out empty elements where told to, and escapes', () => {
    const model: Balloon = { model: 'none', stats: {}, secret: `<&'">\u0001` };
    expect(formatDocument(balloon, model)).toBe("<memballoon model='none'/>\n");
    expect(formatDocument(balloon, model, confContext({ secure: true }))).toBe(
      "<memballoon model='none' secret='&lt;&amp;&apos;&quot;&gt;'/>\n",
    );
  });

  it('reads and writes run-time parts only of live documents', () => {
    const xml = "<memballoon model='none'>\n  <alias name='b0'/>\n</memballoon>\n";
    const live = confContext({ live: true });
    expect(parseDocument(balloon, xml)).toEqual({ model: 'none' });
    expect(formatDocument(balloon, parseDocument(balloon, xml, live), live)).toBe(xml);
  });

  it('keeps foreign markup with its namespaces', () => {
    const xml =
      '<memballoon model=\'none\'>\n  <metadata>\n    <a:x xmlns:a="urn:a" k="&amp;&lt;v&quot;">\n      <a:y>t&amp;t</a:y>\n      <!-- c -->\n    </a:x>\n  </metadata>\n</memballoon>\n';
    expect(formatDocument(balloon, parseDocument(balloon, xml))).toBe(xml);
    expect(formatDocument(balloon, parseDocument(balloon, xml.replace(/\n\s*/g, '')))).toBe(xml);
  });

  it.each([
    ['<memballoon/>', "Missing required attribute 'model' in element 'memballoon'"],
    [
      "<memballoon model='virtoi'/>",
      "Invalid value for attribute 'model' in element 'memballoon': 'virtoi'. Did you mean 'virtio'?",
    ],
    [
      "<memballoon model='none'><stats period='1x'/></memballoon>",
      "Invalid value for attribute 'period' in element 'stats': '1x'. Expected integer value",
    ],
    [
      "<memballoon model='none'><stats period='4294967296'/></memballoon>",
      "Invalid value for attribute 'period' in element 'stats': '4294967296'. Expected integer value",
    ],
  ])('refuses %s', (xml, detail) => {
    const error = refusal(() => parseDocument(balloon, xml));
    expect(error).toMatchObject({ code: ErrorCode.XML_ERROR, domain: ErrorDomain.XML, detail });
  });

  it('refuses another root', () => {
    expect(refusal(() => parseDocument(balloon, '<ballon/>')).detail).toContain(
      "expecting root element of 'memballoon'",
    );
  });
});

describe('variants', () => {
  it('takes the fields of the branch that the tag names', () => {
    const xml =
      "<rng count='1'>\n  <backend model='random'>/dev/r</backend>\n  <backend model='egd' type='udp' port='0x00ff'/>\n  <backend model='builtin'/>\n</rng>\n";
    const model = parseDocument(rng, xml);
    expect(model.backend).toEqual([
      { model: 'random', path: '/dev/r' },
      { model: 'egd', type: 'udp', port: 255 },
      { model: 'builtin' },
    ]);
    expect(formatDocument(rng, model)).toBe(xml);
  });

  it('refuses unknown tags', () => {
    expect(refusal(() => parseDocument(rng, "<rng><backend model='rnd'/></rng>")).detail).toBe(
      "Invalid value for attribute 'model' in element 'backend': 'rnd'.",
    );
    expect(refusal(() => parseDocument(rng, '<rng><backend/></rng>')).code).toBe(ErrorCode.XML_ERROR);
  });
});

describe('explainUnknown', () => {
  it('lists what is dropped, with the name that was meant', () => {
    const node = readXml(
      "<rng cuont='1' a='1' b='2'>\n<backend modle='x' model='egd' type='t'/>\n<nmae>x</nmae><name x='1'>y</name></rng>",
    );
    expect(explainUnknown(rng, node)).toEqual([
      { kind: 'attribute', name: 'cuont', path: 'rng', line: 1, suggestion: 'count' },
      { kind: 'attribute', name: 'modle', path: 'rng/backend', line: 2, suggestion: 'model' },
      { kind: 'element', name: 'nmae', path: 'rng', line: 3, suggestion: 'name' },
      { kind: 'attribute', name: 'x', path: 'rng/name', line: 3 },
    ]);
  });

  it('asks the codec for names, types and reasons', () => {
    const doc = rng.describe();
    expect(doc.fields.map((field) => [field.key, field.kind, field.required])).toEqual([
      ['count', 'attribute', false],
      ['name', 'leaf', false],
      ['backend', 'list', false],
      ['sum', 'custom', false],
    ]);
    expect(
      backend
        .describe()
        .variants?.branches.get('egd')
        ?.map((field) => field.name),
    ).toEqual(['type', 'port']);
  });
});
