import {
  attr,
  domain,
  elementOf,
  formatDomain,
  type Json,
  jsonSchema,
  list,
  modelFromJson,
  modelToJson,
  oneOf,
  onOff,
  parseDomain,
  req,
  str,
  text,
  u64,
  uint,
  variants,
} from '@virtkit/core/conf';
import { ErrorCode, LibvirtError } from '@virtkit/core/util';
import { describe, expect, it } from 'vitest';

type Shape = { kind: 'circle'; radius: number } | { kind: 'label'; words: string };
interface Picture {
  name: string;
  mood?: 'light' | 'dark';
  framed?: boolean;
  bytes?: bigint;
  shape: Shape[];
}

const picture = elementOf<Picture>('picture', {
  name: req(str).doc('What it is called.'),
  mood: attr(oneOf('light', 'dark')),
  framed: attr(onOff),
  bytes: attr(u64),
  shape: list(
    elementOf<Shape>('shape', variants('kind', { circle: { radius: req(uint) }, label: { words: text(str) } })),
  ),
});

const model: Picture = {
  name: 'p',
  framed: true,
  bytes: 0xffffffffffffffffn,
  shape: [
    { kind: 'circle', radius: 2 },
    { kind: 'label', words: 'x' },
  ],
};

describe('models as JSON', () => {
  it('lose nothing', () => {
    const json = modelToJson(model);
    expect(json).toEqual({ ...model, bytes: '18446744073709551615' });
    expect(modelFromJson(picture, JSON.parse(JSON.stringify(json)) as Json)).toEqual(model);
    expect(modelFromJson(picture, { name: 'p' })).toEqual({ name: 'p', shape: [] });
  });

  it.each<[string, Json, string]>([
    ['an unknown name', { name: 'p', mod: 'dark' }, "picture: there is no 'mod' here; did you mean 'mood'?"],
    ['a missing one', {}, "picture: 'name' is missing"],
    ['an unknown word', { name: 'p', mood: 'drak' }, "picture.mood: unknown value 'drak'; did you mean 'dark'?"],
    ['a wrong type', { name: 7 }, 'picture.name: a string is expected, not 7'],
    [
      'half a number',
      { name: 'p', shape: [{ kind: 'circle', radius: 0.5 }] },
      'picture.shape[0].radius: a whole number is expected',
    ],
    [
      'another branch',
      { name: 'p', shape: [{ kind: 'label', words: 'x', radius: 1 }] },
      "picture.shape[0]: there is no 'radius' here",
    ],
    ['no list', { name: 'p', shape: {} }, 'picture.shape: a list is expected'],
    ['no object', [], 'picture: an object is expected'],
  ])('refuse %s', (_what, json, detail) => {
    try {
      modelFromJson(picture, json);
    } catch (error) {
      expect(LibvirtError.is(error) && [error.code, error.detail]).toEqual([ErrorCode.INVALID_ARG, detail]);
      return;
    }
    throw new Error('was accepted');
  });

  it('have a schema', () => {
    expect(jsonSchema(picture)).toEqual({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      $ref: '#/$defs/picture',
      $defs: {
        picture: {
          type: 'object',
          properties: {
            name: { type: 'string', description: 'What it is called.' },
            mood: { enum: ['light', 'dark'] },
            framed: { type: 'boolean' },
            bytes: { type: 'string', pattern: '^-?[0-9]+$' },
            shape: { type: 'array', items: { $ref: '#/$defs/shape' } },
          },
          required: ['name'],
          additionalProperties: false,
        },
        shape: {
          oneOf: [
            {
              type: 'object',
              properties: { kind: { const: 'circle' }, radius: { type: 'integer', minimum: 0 } },
              required: ['kind', 'radius'],
              additionalProperties: false,
            },
            {
              type: 'object',
              properties: { kind: { const: 'label' }, words: { type: 'string' } },
              required: ['kind', 'words'],
              additionalProperties: false,
            },
          ],
        },
      },
    });
  });

  it('are another way to write a domain', () => {
    const def = parseDomain(
      `<domain type='qemu'><name>d</name><memory>1024</memory><os><type>hvm</type></os><devices>
      <disk type='network'><source protocol='nbd'><host name='h'/></source><target dev='vda'/></disk>
      <rng model='virtio'><backend model='egd' type='unix'><source mode='connect' path='/s'/></backend></rng></devices></domain>`,
    );
    const back = modelFromJson(domain, JSON.parse(JSON.stringify(modelToJson(def))) as Json);
    expect(back).toEqual(def);
    expect(formatDomain(back)).toBe(formatDomain(def));
  });
});
