import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EVENTS, FUNCTIONS } from '@virtkit/core/driver';

const shared = process.env['VIRTKIT_SHARED'] ?? resolve(import.meta.dirname, '../../../../../shared');
const file = `${shared}/rpc/api.json`;

/** Entry points that are written by hand in driver/drivers.ts, connection.ts and stream-driver.ts. */
const BY_HAND =
  /^(stream\w+|connect(URIProbe|Open|Close|\w*Event(Register|Deregister)(Any)?|(Unr|R)egisterCloseCallback))$/;

describe.skipIf(!existsSync(file))('the table of functions, beside the facts of libvirt 9.0.0', () => {
  const facts = existsSync(file)
    ? (JSON.parse(readFileSync(file, 'utf8')) as {
        slots: Record<string, unknown>;
        events: { object: string; id: number }[];
      })
    : { slots: {}, events: [] };

  it('has every entry of every driver table', () => {
    const missing = Object.keys(facts.slots).filter((slot) => {
      const [table, name] = slot.split('.') as [string, string];
      const entry = FUNCTIONS[name as keyof typeof FUNCTIONS];
      return !BY_HAND.test(name) && entry?.table !== table;
    });
    expect(missing).toEqual([]);
  });

  it('has no function that libvirt lacks', () => {
    const known = new Set(Object.keys(facts.slots).map((slot) => slot.split('.')[1]));
    expect(Object.keys(FUNCTIONS).filter((name) => !known.has(name))).toEqual([]);
  });

  it('has every event', () => {
    const ours = new Set(EVENTS.map(({ object, id }) => `${object} ${id}`));
    expect(facts.events.filter(({ object, id }) => !ours.has(`${object} ${id}`))).toEqual([]);
  });
});

describe('the table of functions', () => {
  it('names as fallback only functions of the same table', () => {
    for (const entry of Object.values(FUNCTIONS))
      if (entry.fallback !== undefined)
        expect(FUNCTIONS[entry.fallback as keyof typeof FUNCTIONS]?.table).toBe(entry.table);
  });
});
