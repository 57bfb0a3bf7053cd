import { EVENTS } from '@virtkit/core/driver';
import { TypedParamsBuilder, XdrReader, XdrWriter } from '@virtkit/core/util';
import { describe, expect, it } from 'vitest';
import { eventBinding, eventOfMessage, remote } from '../../src/protocol/index.js';

const SAMPLES: Readonly<Record<string, unknown>> = {
  int: 3,
  uint: 4,
  i64: -5n,
  u64: 6n,
  string: 'text',
  'string?': null,
  params: new TypedParamsBuilder().ullong('a', 1n).params,
  domain: { name: 'd', uuid: '6695eb01-f6a4-8304-79aa-97f2502e193f', id: 7 },
  network: { name: 'n', uuid: '6695eb01-f6a4-8304-79aa-97f2502e193f' },
  storagePool: { name: 'p', uuid: '6695eb01-f6a4-8304-79aa-97f2502e193f' },
  nodeDevice: { name: 'pci_0000_00_00_0' },
  secret: { uuid: '6695eb01-f6a4-8304-79aa-97f2502e193f', usageType: 1, usageID: 'v' },
  DomainEventGraphicsAddress: { family: 0, node: 'h', service: '5900' },
  'DomainEventGraphicsIdentity[]': [{ type: 't', name: 'n' }],
};

const payloadOf = (fields: Readonly<Record<string, string>>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(fields).map(([name, kind]) => {
      if (!(kind in SAMPLES)) throw new Error(`no sample of ${kind}`);
      return [name, SAMPLES[kind]];
    }),
  );

describe('events on the wire', () => {
  it.each(EVENTS.map((event) => [`${event.object} ${event.name}`, event] as const))(
    '%s arrives as sent',
    (_, event) => {
      for (const legacy of event.legacy === undefined ? [false] : [false, true]) {
        const binding = eventBinding(event.object, event.id, legacy)!;
        const writer = new XdrWriter();
        const payload = payloadOf(event.fields);
        binding.encode(writer, 28, payload);
        const { reason, ...withoutReason } = payload;
        // The first generation of the power management events leaves the reason out.
        const expected =
          legacy && /^PM/.test(event.name)
            ? withoutReason
            : { ...withoutReason, ...(reason === undefined ? {} : { reason }) };
        const decoded = binding.decode(new XdrReader(Buffer.from(writer.written())));
        expect(decoded).toEqual({ callbackID: binding.hasCallbackId ? 28 : -1, payload: expected });
        expect(eventOfMessage(binding.message)).toBe(binding);
      }
    },
  );

  it('covers every event message of the program', () => {
    const others = ['connectEventConnectionClosed'];
    const messages = remote.procedures.filter(({ kind, name }) => kind === 'event' && !others.includes(name));
    expect(messages.filter((message) => eventOfMessage(message) === undefined).map(({ name }) => name)).toEqual([]);
  });
});
