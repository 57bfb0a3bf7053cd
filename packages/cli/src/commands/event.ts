import type { Connect } from '@virtkit/core';
import {
  ConnectDomainQemuMonitorEventRegisterFlags as QemuEvents,
  DomainEventCrashedDetailType,
  DomainEventDefinedDetailType,
  DomainEventID,
  DomainEventPMSuspendedDetailType,
  DomainEventResumedDetailType,
  DomainEventShutdownDetailType,
  DomainEventStartedDetailType,
  DomainEventStoppedDetailType,
  DomainEventSuspendedDetailType,
  DomainEventType,
  DomainEventUndefinedDetailType,
  NetworkEventID,
  NetworkEventLifecycleType,
  NodeDeviceEventID,
  NodeDeviceEventLifecycleType,
  SecretEventID,
  SecretEventLifecycleType,
  StoragePoolEventID,
  StoragePoolEventLifecycleType,
} from '@virtkit/core/util';
import type { Call } from '../call.js';
import { commands, type CommandSpec, type OptionTable } from '../command.js';
import { jsonValue, lines, textOf, type Output } from '../output/output.js';
import { UsageError } from '../output/usage-error.js';
import { constantName } from '../state-names.js';

type Constants = Readonly<Record<string, number>>;
type Source = Parameters<Connect['registerEvent']>[0];

const DETAILS: Readonly<Record<number, Constants>> = {
  [DomainEventType.DEFINED]: DomainEventDefinedDetailType,
  [DomainEventType.UNDEFINED]: DomainEventUndefinedDetailType,
  [DomainEventType.STARTED]: DomainEventStartedDetailType,
  [DomainEventType.SUSPENDED]: DomainEventSuspendedDetailType,
  [DomainEventType.RESUMED]: DomainEventResumedDetailType,
  [DomainEventType.STOPPED]: DomainEventStoppedDetailType,
  [DomainEventType.SHUTDOWN]: DomainEventShutdownDetailType,
  [DomainEventType.PMSUSPENDED]: DomainEventPMSuspendedDetailType,
  [DomainEventType.CRASHED]: DomainEventCrashedDetailType,
};

const OPTIONS: OptionTable = {
  '--event <name>': 'which events; several with commas',
  '--all': 'all events',
  '--loop': 'until interrupted, not only the first',
  '--timeout <seconds>': 'give up after so long',
  '--timestamp': 'with the time of each',
  '--list': 'list the events that there are',
};

/** One kind of objects with events. */
interface EventKind {
  readonly source: Source;
  /** `domain`, `network`, …: how lines name the object. */
  readonly word: string;
  readonly ids: Constants;
  /** Words of the `event` field of lifecycle events. */
  readonly lifecycle: Constants;
}

const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1).replaceAll('-', ' ');

/** `pm-wakeup` for PMWAKEUP: as virsh names events. */
function eventName(ids: Constants, id: number): string {
  return constantName(ids, id).replace(/^pm(?=wakeup|suspend)/, 'pm-');
}

/** An event as JSON: the object's name, then its fields. */
function eventJson(kind: EventKind, id: number, event: object): Readonly<Record<string, unknown>> {
  const json: Record<string, unknown> = { event: eventName(kind.ids, id) };
  for (const [field, value] of Object.entries(event)) {
    const ref = value as { name?: string; uuid?: string } | null;
    if (typeof ref === 'object' && ref !== null && !Array.isArray(ref) && ('name' in ref || 'uuid' in ref)) {
      json[kind.word] = ref.name ?? ref.uuid;
      if (ref.uuid !== undefined) json['uuid'] = ref.uuid;
    } else if (id === 0 && field === 'event') json['type'] = constantName(kind.lifecycle, value as number);
    else if (id === 0 && field === 'detail')
      json[field] =
        kind.source === 'domain'
          ? constantName(DETAILS[(event as { event: number }).event] ?? {}, value as number)
          : (value as number);
    else json[field] = value;
  }
  return json;
}

function eventText(kind: EventKind, json: Readonly<Record<string, unknown>>): string {
  const { event, uuid: _uuid, type, detail, [kind.word]: name, ...rest } = json;
  const head = `event '${textOf(event)}' for ${kind.word} '${textOf(name)}'`;
  if (type !== undefined)
    return `${head}: ${sentence(textOf(type))}${kind.source === 'domain' ? ` ${sentence(textOf(detail))}` : ''}`;
  const fields = Object.entries(rest).map(([field, value]) => `${field}=${JSON.stringify(value, jsonValue)}`);
  return fields.length === 0 ? head : `${head}: ${fields.join(' ')}`;
}

async function follow(call: Call, kind: EventKind, ref: object | null): Promise<Output> {
  const names = Object.values(kind.ids).map((id) => eventName(kind.ids, id));
  if (call.has('list')) return lines(names);
  const wanted = call.option('event')?.split(',');
  if (wanted === undefined && !call.has('all'))
    throw new UsageError('either --list, --all, or --event <type> is required');
  for (const name of wanted ?? [])
    if (!names.includes(name)) throw new UsageError(`unknown event type ${name}: --list shows them`);
  const ids = Object.values(kind.ids).filter((id) => wanted === undefined || wanted.includes(eventName(kind.ids, id)));
  const connect = await call.connect();
  const json = call.session.options.json === true;
  const seconds = call.integer('timeout');
  let count = 0;
  const why = await new Promise<string>((resolve, reject) => {
    const timer = seconds === undefined ? undefined : setTimeout(() => resolve('event loop timed out'), seconds * 1000);
    call.signal.addEventListener('abort', () => resolve('event loop interrupted'), { once: true });
    const registered = ids.map((id) =>
      connect.registerEvent(kind.source, ref, id, (event: never) => {
        if (count > 0 && !call.has('loop')) return;
        count++;
        const value = eventJson(kind, id, event);
        const time = new Date().toISOString();
        if (json) console.log(JSON.stringify(call.has('timestamp') ? { time, ...value } : value, jsonValue));
        else
          console.log(
            `${call.has('timestamp') ? `${time.replace('T', ' ').replace('Z', '+0000')}: ` : ''}${eventText(kind, value)}`,
          );
        if (!call.has('loop')) {
          clearTimeout(timer);
          resolve('');
        }
      }),
    );
    // Of all events, a driver may lack some; of those that were named, none may be missing.
    Promise.allSettled(registered)
      .then((results) => {
        const failed = results.filter((result) => result.status === 'rejected');
        if (failed.length > 0 && (wanted !== undefined || failed.length === results.length))
          reject(failed[0]!.reason as Error);
      })
      .catch(reject);
  });
  return { json: undefined, text: () => (json ? '' : `${why === '' ? '' : `${why}\n`}events received: ${count}\n`) };
}

function command(
  name: string,
  group: string,
  kind: EventKind,
  arg: string,
  lookup: (call: Call) => Promise<object>,
): CommandSpec {
  return commands(group)(
    name,
    `Show ${kind.word} events as they happen`,
    { args: `[${arg}]`, options: OPTIONS },
    async (call) => follow(call, kind, call.optionalArg(arg) === undefined ? null : await lookup(call)),
  );
}

/** Events of QEMU's own monitor, for people who look into what the driver does. */
const QEMU_EVENT = commands('Guests')(
  'qemu-monitor-event',
  "Show events of QEMU's monitor as they happen",
  {
    args: '[domain]',
    options: {
      '--event <name>': 'only events of this name',
      '--pretty': 'indent what they say',
      '--loop': 'until interrupted, not only the first',
      '--timeout <seconds>': 'give up after so long',
      '--regex': [QemuEvents.REGEX, 'the name is a regular expression'],
      '--no-case': [QemuEvents.NOCASE, 'upper and lower case are the same'],
      '--timestamp': 'with the time of each',
    },
  },
  async (call) => {
    const connect = await call.connect();
    const domain = call.optionalArg('domain') === undefined ? null : await call.domain();
    const seconds = call.integer('timeout');
    let count = 0;
    let registered: number | undefined;
    const why = await new Promise<string>((resolve, reject) => {
      const timer =
        seconds === undefined ? undefined : setTimeout(() => resolve('event loop timed out'), seconds * 1000);
      call.signal.addEventListener('abort', () => resolve('event loop interrupted'), { once: true });
      const name = call.option('event') ?? null;
      connect
        .qemuMonitorEventRegister(
          domain,
          name,
          ({ dom, event, seconds: at, micros, details }) => {
            if (count > 0 && !call.has('loop')) return;
            count++;
            const data: unknown = details === null ? null : JSON.parse(details);
            const time = Number(at) + micros / 1e6;
            const json = { event, domain: dom.name, time, data };
            const stamp = call.has('timestamp') ? `${new Date(time * 1000).toISOString()}: ` : '';
            const text = details === null ? '' : `: ${JSON.stringify(data, null, call.has('pretty') ? 2 : undefined)}`;
            console.log(
              call.session.options.json === true
                ? JSON.stringify(json)
                : `${stamp}event ${event} for domain '${dom.name}'${text}`,
            );
            if (call.has('loop')) return;
            clearTimeout(timer);
            resolve('');
          },
          call.flags,
        )
        .then((id) => (registered = id), reject);
    });
    if (registered !== undefined) await connect.qemuMonitorEventDeregister(registered);
    const json = call.session.options.json === true;
    return { json: undefined, text: () => (json ? '' : `${why === '' ? '' : `${why}\n`}events received: ${count}\n`) };
  },
);

export const EVENT = [
  QEMU_EVENT,
  command(
    'event',
    'Domains',
    { source: 'domain', word: 'domain', ids: DomainEventID, lifecycle: DomainEventType },
    'domain',
    async (call) => (await call.domain()).ref,
  ),
  command(
    'net-event',
    'Networks',
    { source: 'network', word: 'network', ids: NetworkEventID, lifecycle: NetworkEventLifecycleType },
    'network',
    async (call) => (await call.network()).ref,
  ),
  command(
    'pool-event',
    'Storage pools',
    { source: 'storagePool', word: 'pool', ids: StoragePoolEventID, lifecycle: StoragePoolEventLifecycleType },
    'pool',
    async (call) => (await call.pool()).ref,
  ),
  command(
    'nodedev-event',
    'Host devices',
    { source: 'nodeDevice', word: 'device', ids: NodeDeviceEventID, lifecycle: NodeDeviceEventLifecycleType },
    'device',
    async (call) => (await call.nodeDevice()).ref,
  ),
  command(
    'secret-event',
    'Secrets',
    { source: 'secret', word: 'secret', ids: SecretEventID, lifecycle: SecretEventLifecycleType },
    'secret',
    async (call) => (await call.secret()).ref,
  ),
];
