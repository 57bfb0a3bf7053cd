import { constants, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ErrorCode } from '@virtkit/core/util';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { decodeHeader, encodeHeader, HEADER_SIZE, SaveImageProblem } from '../../src/save/save-header.js';
import {
  isWorthless,
  newSaveImage,
  openImage,
  readImage,
  readImageFile,
  rewriteImage,
  streamStart,
} from '../../src/save/save-image.js';

const dir = mkdtempSync(join(tmpdir(), 'virtkit-image-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const STREAM = Buffer.from('QEVM and so on');
let serial = 0;

/** A file with an image in it. */
function imageFile(xml: string, cookie: string | undefined, whole = true): string {
  const { header, data } = newSaveImage({ xml, cookie }, { running: true, format: 0 });
  const path = join(dir, `image-${++serial}`);
  writeFileSync(path, Buffer.concat([encodeHeader(header, { whole }), data, STREAM]));
  return path;
}

describe('the header of a save image', () => {
  it('is 92 bytes of which 36 say something', () => {
    const bytes = encodeHeader({ dataLength: 0x1064b, running: true, format: 3, cookieOffset: 0x55f }, { whole: true });
    expect(bytes.toString('hex', 0, 36)).toBe(
      `${Buffer.from('LibvirtQemudSave').toString('hex')}020000004b06010001000000030000005f050000`,
    );
    expect(bytes).toHaveLength(HEADER_SIZE);
    expect(bytes.subarray(36).every((byte) => byte === 0)).toBe(true);
  });

  it('is read as it was written, in both byte orders', () => {
    const number = fc.integer({ min: 0, max: 0x7fff_ffff });
    fc.assert(
      fc.property(
        fc.record({
          dataLength: fc.integer({ min: 1, max: 0x7fff_ffff }),
          running: fc.boolean(),
          format: number,
          cookieOffset: number,
        }),
        (header) => {
          const bytes = encodeHeader(header, { whole: true });
          expect(decodeHeader(bytes)).toEqual(header);
          const swapped = Buffer.from(bytes);
          swapped.subarray(16, 36).swap32();
          expect(decodeHeader(swapped)).toEqual(header);
        },
      ),
    );
  });

  it.each([
    ['failed to read qemu header', true, (bytes: Buffer) => bytes.subarray(0, 60)],
    ['save image is incomplete', true, (bytes: Buffer) => bytes.fill('LibvirtQemudPart', 0, 16)],
    ['image magic is incorrect', false, (bytes: Buffer) => bytes.fill('x', 0, 1)],
    ['image version is not supported (3 > 2)', false, (bytes: Buffer) => bytes.fill(3, 16, 17)],
    ['invalid header data length: 0', false, (bytes: Buffer) => bytes.fill(0, 20, 24)],
  ])('is refused: %s', (detail, removable, change) => {
    const bytes = encodeHeader({ dataLength: 7, running: false, format: 0, cookieOffset: 0 }, { whole: true });
    expect(decodeHeader(change(bytes))).toEqual(new SaveImageProblem(detail, removable));
  });
});

describe('a save image', () => {
  it('has a document, a cookie, and the guest behind them', async () => {
    const path = imageFile('<domain/>', '<cookie/>');
    const file = await openImage(path, constants.O_RDONLY);
    const image = await readImage(file);
    expect(image).toMatchObject({ xml: '<domain/>', cookie: '<cookie/>' });
    expect((await file.read(Buffer.alloc(64), 0, 64, null)).bytesRead).toBe(STREAM.length);
    await file.close();
    expect(readFileSync(path).subarray(streamStart(image.header))).toEqual(STREAM);
    expect(await readImageFile(imageFile('<domain/>', undefined))).toMatchObject({ cookie: undefined });
  });

  it('is told from what an interrupted save leaves', async () => {
    expect(await isWorthless(imageFile('<domain/>', undefined))).toBe(false);
    expect(await isWorthless(imageFile('<domain/>', undefined, false))).toBe(true);
    const empty = join(dir, 'empty');
    writeFileSync(empty, '');
    expect(await isWorthless(empty)).toBe(true);
    writeFileSync(empty, 'something else'.repeat(20));
    expect(await isWorthless(empty)).toBe(false);
  });

  it('is refused when it is cut, wherever that is', async () => {
    const whole = readFileSync(imageFile('<domain/>', '<cookie/>'));
    const path = join(dir, 'cut');
    for (const length of [0, 15, 91, 92, 99, 102, 110, 120, 60_000]) {
      writeFileSync(path, whole.subarray(0, length));
      await expect(readImageFile(path), `${length} bytes`).rejects.toMatchObject({ code: ErrorCode.OPERATION_FAILED });
    }
    await expect(readImageFile(join(dir, 'none'))).rejects.toMatchObject({ code: ErrorCode.SYSTEM_ERROR });
  });

  it('takes another document as long as there is room, and keeps all else', async () => {
    const path = imageFile('<domain/>', '<cookie/>');
    const before = readFileSync(path);
    await rewriteImage(path, async ({ xml }) => ({
      xml: xml.replace('/>', `>${'x'.repeat(60_000)}</domain>`),
      running: false,
    }));
    const { xml, cookie, header } = await readImageFile(path);
    expect(xml).toHaveLength(60_000 + '<domain></domain>'.length);
    expect({ cookie, running: header.running }).toEqual({ cookie: '<cookie/>', running: false });
    expect(readFileSync(path)).toHaveLength(before.length);
    expect(readFileSync(path).subarray(streamStart(header))).toEqual(STREAM);
    const now = readFileSync(path);
    await expect(rewriteImage(path, async () => ({ xml: 'x'.repeat(70_000), running: true }))).rejects.toMatchObject({
      detail: 'new xml too large to fit in file',
    });
    await rewriteImage(path, async () => undefined);
    expect(readFileSync(path)).toEqual(now);
  });
});
