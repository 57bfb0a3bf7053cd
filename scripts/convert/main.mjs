// Converts configurations without a daemon: one JSON request per line of stdin, one JSON answer per line of stdout, in
// order. Converters are found by family and loaded at their first request.
import process from 'node:process';
import { createInterface } from 'node:readline';
import { FAMILIES } from './families.mjs';

const loaded = new Map();

async function converterOf(family) {
  const file = FAMILIES[family];
  if (file === undefined) return undefined;
  if (!loaded.has(file)) loaded.set(file, import(file));
  const { converters } = await loaded.get(file);
  return converters[family];
}

async function answer(line) {
  let request;
  try {
    request = JSON.parse(line);
    const convert = await converterOf(request.family);
    if (convert === undefined) return { id: request.id, ok: false, unsupported: true };
    const outputs = await convert({ params: {}, files: {}, paths: {}, ...request });
    return { id: request.id, ok: true, outputs };
  } catch (error) {
    // A refusal is one of libvirt's errors; anything else is a fault of ours that the log should show.
    if (error?.name !== 'LibvirtError') console.error(`${request?.family} ${request?.id}:`, error);
    return { id: request?.id, ok: false, error: String(error?.message ?? error) };
  }
}

for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  if (line.trim() === '') continue;
  process.stdout.write(`${JSON.stringify(await answer(line))}\n`);
}
