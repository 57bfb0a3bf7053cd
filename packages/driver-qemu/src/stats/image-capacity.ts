import { closeSync, openSync, readSync } from 'node:fs';

const QCOW2_MAGIC = 0x514649fb;
const SIZE_OFFSET = 24;

/** How large an image is for a guest, as far as its header tells at a glance; undefined where it is as large as its file. */
export function imageCapacity(path: string, format: string | undefined): bigint | undefined {
  if (format !== 'qcow2' && format !== 'qcow') return undefined;
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch {
    return undefined;
  }
  try {
    const head = Buffer.alloc(SIZE_OFFSET + 8);
    if (readSync(file, head, 0, head.length, 0) < head.length || head.readUInt32BE(0) !== QCOW2_MAGIC) return undefined;
    return head.readBigUInt64BE(SIZE_OFFSET);
  } catch {
    return undefined;
  } finally {
    closeSync(file);
  }
}
