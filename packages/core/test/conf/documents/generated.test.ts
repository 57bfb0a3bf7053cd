import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { DOCUMENTS, documentReference, documentSchema, type DocumentName } from '@virtkit/core/conf';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../../../../', import.meta.url));
const read = (path: string): string => readFileSync(`${root}${path}`, 'utf8');

describe('schemas and reference pages', () => {
  it.each(Object.entries(DOCUMENTS))('of %s are what npm run generate writes', (name, { file }) => {
    const schema = JSON.parse(read(`packages/core/schemas/${file}.schema.json`)) as unknown;
    expect(schema).toEqual(documentSchema(name as DocumentName));
    expect(read(`docs/reference/xml/${file}.md`)).toBe(documentReference(name as DocumentName));
  });

  it('are checked by the generator itself', () => {
    const { status, stderr } = spawnSync(process.execPath, [`${root}scripts/generate-documents.mjs`, '--check']);
    expect([status, String(stderr)]).toEqual([0, '']);
  });

  it('are exported by the package', () => {
    const path = createRequire(import.meta.url).resolve('@virtkit/core/schemas/domain.schema.json');
    expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ $ref: '#/$defs/domain' });
  });

  it('say path, values, default and when', () => {
    const page = documentReference('domain');
    expect(page).toMatch(/^\| `domain\/@id` \| number \| +\| live only \|$/m);
    expect(page).toMatch(/^\| `domain\/devices\/disk\[\]\/@device` \| .*`disk`.* \| `disk` \| +\|$/m);
    expect(page).toContain('`domain/devices/memballoon/@model`');
  });
});
