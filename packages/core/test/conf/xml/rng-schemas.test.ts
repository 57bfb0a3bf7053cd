import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { RngSchemas } from '../../../src/conf/index.js';
import { ErrorCode } from '../../../src/util/index.js';

describe('RngSchemas', () => {
  const directory = mkdtempSync(join(tmpdir(), 'virtkit-rng-'));
  afterAll(() => rmSync(directory, { recursive: true }));
  writeFileSync(
    join(directory, 'part.rng'),
    '<grammar xmlns="http://relaxng.org/ns/structure/1.0"><define name="b"><element name="b"><empty/></element></define></grammar>',
  );
  writeFileSync(
    join(directory, 'thing.rng'),
    '<grammar xmlns="http://relaxng.org/ns/structure/1.0"><include href="part.rng"/>' +
      '<start><element name="a"><ref name="b"/></element></start></grammar>',
  );
  const schemas = new RngSchemas(['/nonexistent', directory]);

  it('checks documents against a schema of several files', async () => {
    expect(await schemas.check('thing', '<a><b/></a>')).toBe(true);
    await expect(schemas.check('thing', '<a><c/></a>')).rejects.toMatchObject({
      code: ErrorCode.XML_INVALID_SCHEMA,
      message: expect.stringContaining(join(directory, 'thing.rng')) as string,
    });
    expect(await schemas.check('thing', '<a><b/></a>')).toBe(true);
  });

  it('says so where there is no schema of the name', async () => {
    expect(await schemas.check('other', '<a/>')).toBe(false);
  });
});
