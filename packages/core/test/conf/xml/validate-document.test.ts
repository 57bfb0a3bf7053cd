import { describe, expect, it } from 'vitest';
import { secretElement, validateDocument } from '../../../src/conf/index.js';
import { ErrorCode } from '../../../src/util/index.js';

describe('validateDocument', () => {
  // With libvirt's schemas installed or without them.
  it('refuses what the grammar does not know', async () => {
    const secret = (more: string): string =>
      `<secret ephemeral='no' private='no'><usage type='volume'>${more}</usage></secret>`;
    await expect(validateDocument('secret', secretElement, secret('<volume>/a</volume>'))).resolves.toBeUndefined();
    await expect(
      validateDocument('secret', secretElement, secret('<volume>/a</volume><colour/>')),
    ).rejects.toMatchObject({ code: ErrorCode.XML_INVALID_SCHEMA });
  });

  it('reads the document first', async () => {
    await expect(validateDocument('secret', secretElement, '<secret')).rejects.toMatchObject({
      code: ErrorCode.XML_DETAIL,
    });
  });
});
