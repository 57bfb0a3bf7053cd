import { EVENTS, type EventEntry } from '@virtkit/core/driver';
import { xdrCodec, type XdrCodec, type XdrReader, type XdrWriter } from '@virtkit/core/util';
import type { Procedure } from './procedure.js';
import { remote } from './remote/index.js';

/** How an event of the API travels as a message. */
export interface EventBinding {
  readonly event: EventEntry;
  readonly message: Procedure;
  /** Whether the message begins with the id of the registration; those of the first generation do not. */
  readonly hasCallbackId: boolean;
  /** Daemon: writes the message's record. */
  encode(writer: XdrWriter, callbackID: number, payload: object): void;
  /** Client: what arrived. `callbackID` is -1 where the message has none. */
  decode(reader: XdrReader): { callbackID: number; payload: Record<string, unknown> };
}

const byMessage = new Map<Procedure, EventBinding>();
let byKey: Map<string, EventBinding> | undefined;

/** The binding of an event of a kind of object (`domain`, `network`, …), in the callback or the first generation. */
export function eventBinding(object: string, id: number, legacy = false): EventBinding | undefined {
  return table().get(key(object, id, legacy));
}

/** The binding of a message that arrived; undefined if it is no event of an object. */
export function eventOfMessage(message: Procedure): EventBinding | undefined {
  table();
  return byMessage.get(message);
}

const key = (object: string, id: number, legacy: boolean): string => `${object}/${id}/${legacy}`;

function table(): Map<string, EventBinding> {
  if (byKey !== undefined) return byKey;
  byKey = new Map();
  const messages = new Map(remote.procedures.map((one) => [one.name.toLowerCase(), one]));
  for (const event of EVENTS)
    for (const legacy of [false, true]) {
      const message = messages.get((legacy ? event.legacy : event.wire)?.toLowerCase() ?? '');
      if (message === undefined) continue;
      const binding = bind(event, message);
      byKey.set(key(event.object, event.id, legacy), binding);
      byMessage.set(message, binding);
    }
  return byKey;
}

/** Newer messages have the event's fields as they are; older ones wrap those of their first generation in `msg`. */
function bind(event: EventEntry, message: Procedure): EventBinding {
  const names = Object.keys(message.args!.fields);
  let codec: XdrCodec<Record<string, unknown>> | undefined;
  const lazy = (): XdrCodec<Record<string, unknown>> =>
    (codec ??= xdrCodec(message.args!) as XdrCodec<Record<string, unknown>>);
  const hasCallbackId = names.includes('callbackID');
  const wrapped = names.includes('msg');
  return {
    event,
    message,
    hasCallbackId,
    encode(writer, callbackID, payload) {
      lazy().encode(
        writer,
        hasCallbackId ? { ...payload, callbackID, ...(wrapped ? { msg: payload } : {}) } : { ...payload },
      );
    },
    decode(reader) {
      const { callbackID = -1, msg, ...rest } = lazy().decode(reader);
      return { callbackID: callbackID as number, payload: { ...rest, ...(msg as object | undefined) } };
    },
  };
}
