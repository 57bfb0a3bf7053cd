import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { formatCapsCache, parseCapsCache, probeCapabilities, replayDialogue } from '../../src/capabilities/index.js';

const shared = process.env.VIRTKIT_SHARED ?? resolve(import.meta.dirname, '../../../../../shared');
const folder = join(shared, 'corpus/shared/qemucaps');
const names = existsSync(folder)
  ? readdirSync(folder).flatMap((file) => (file.endsWith('.replies.gz') ? file.slice(0, -'.replies.gz'.length) : []))
  : [];

describe.skipIf(names.length === 0)('recorded probes (skipped where the recordings are absent)', () => {
  it.each(names)('%s: what was probed is what libvirt cached, byte for byte', async (name) => {
    const arch = name.split('.').at(-1) ?? '';
    const expected = readFileSync(join(folder, `${name}.xml`), 'utf8');
    const recording = gunzipSync(readFileSync(join(folder, `${name}.replies.gz`))).toString();
    const { microcodeVersion } = parseCapsCache(expected).data;
    const caps = await probeCapabilities(replayDialogue(`/usr/bin/qemu-system-${arch}`, recording), {
      microcodeVersion,
    });
    expect(formatCapsCache(caps)).toBe(expected);
    expect(formatCapsCache(parseCapsCache(expected))).toBe(expected);
  });
});
