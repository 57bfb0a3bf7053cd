import type { Domain, GivenDriver, StreamDriver } from '@virtkit/core';
import { ErrorCode, ErrorDomain, LibvirtError, TypedParamsBuilder } from '@virtkit/core/util';

type DomainRef = Domain['ref'];
type Volume = { readonly key: string };
type Listener = { readonly event: number; readonly uuid: string | null; readonly callback: (payload: object) => void };

// The token under which a host looks for a driver's factory; the same in every copy of the core.
const CONNECTION_FACTORY = Symbol.for('@virtkit/core:ConnectionFactory');

/** The events of the monitor among the others. */
const MONITOR = 1000;

/** Listeners that get one payload object each time, from the event loop, as a driver's do. */
class FakeEvents {
  readonly #listeners = new Map<number, Listener>();
  #next = 0;

  get registrations(): number {
    return this.#listeners.size;
  }

  register(event: number, uuid: string | null, callback: (payload: object) => void): number {
    this.#listeners.set(this.#next, { event, uuid, callback });
    return this.#next++;
  }

  deregister(id: number): void {
    this.#listeners.delete(id);
  }

  emit(event: number, uuid: string, payload: object): void {
    setImmediate(() => {
      for (const one of this.#listeners.values())
        if (one.event === event && (one.uuid === null || one.uuid === uuid)) one.callback(payload);
    });
  }
}

/** A small hypervisor in memory, with calls that are slow, hang or throw. */
export class FakeHypervisor {
  readonly domains: DomainRef[];
  readonly events = new FakeEvents();
  readonly volumes = new Map<string, Buffer>();
  /** Calls of domainSuspend that wait for {@link release}. */
  readonly waiting: (() => void)[] = [];
  readonly aborted: unknown[] = [];
  readonly stateListeners = new Set<(state: { state: 'closed'; error: undefined }) => void>();
  uploadDelay = 0;
  /** Downloads begin with a hole of 300,000 bytes. */
  holes = false;
  /** Downloads put their data into the reader's buffer. */
  fills = false;
  /** Bytes that downloads gave so far. */
  sent = 0;

  constructor(count = 3) {
    this.domains = Array.from({ length: count }, (_, i) => ({
      name: `vm-${i}`,
      uuid: `00000000-0000-4000-8000-${String(i).padStart(12, '0')}`,
      id: i === 0 ? 1 : -1,
    }));
  }

  release(): void {
    for (const go of this.waiting.splice(0)) go();
  }

  find(ref: DomainRef): DomainRef {
    const found = this.domains.find(({ uuid }) => uuid === ref.uuid);
    if (found === undefined)
      throw new LibvirtError(ErrorCode.NO_DOMAIN, ErrorDomain.TEST, `no domain with matching uuid '${ref.uuid}'`);
    return found;
  }

  lifecycle(dom: DomainRef, event: number): void {
    this.events.emit(0, dom.uuid, { dom, event, detail: 0 });
  }

  monitorEvent(dom: DomainRef, event: string): void {
    this.events.emit(MONITOR, dom.uuid, { dom, event, seconds: 5n, micros: 6, details: null });
  }

  connection() {
    const { domains, events } = this;
    return {
      onStateChange: (listener: (state: { state: 'closed'; error: undefined }) => void) => {
        this.stateListeners.add(listener);
        return () => this.stateListeners.delete(listener);
      },
      hypervisor: {
        connectGetType: () => 'TEST',
        connectGetVersion: () => 2n,
        connectGetLibVersion: () => 9_000_000n,
        connectGetHostname: () => 'localhost',
        connectSupportsFeature: (feature: number) => feature === 9,
        connectListAllDomains: () => domains,
        domainLookupByName: (name: string) => {
          const found = domains.find((one) => one.name === name);
          if (found === undefined)
            throw new LibvirtError(ErrorCode.NO_DOMAIN, ErrorDomain.TEST, `no domain with matching name '${name}'`);
          return found;
        },
        domainLookupByUUID: (uuid: string) => this.find({ name: '', uuid, id: -1 }),
        domainGetInfo: (dom: DomainRef) => ({
          state: this.find(dom).id < 0 ? 5 : 1,
          maxMem: 1024n,
          memory: 1024n,
          nrVirtCpu: 1,
          cpuTime: 5n,
        }),
        domainGetState: (dom: DomainRef) => ({ state: this.find(dom).id < 0 ? 5 : 1, reason: 0 }),
        domainGetXMLDesc: (dom: DomainRef) => `<domain type='test'><name>${this.find(dom).name}</name></domain>`,
        // Slow: waits until it is released.
        domainSuspend: (dom: DomainRef) =>
          new Promise<void>((resolve) => {
            this.waiting.push(() => {
              this.lifecycle(dom, 3);
              resolve();
            });
          }),
        domainResume: (dom: DomainRef) => this.lifecycle(this.find(dom), 4),
        // Faults of a driver.
        domainReset: () => {
          throw new TypeError('a fault in the driver');
        },
        domainShutdown: async () => {
          throw new TypeError('a late fault in the driver');
        },
        domainGetOSType: () => undefined as unknown as string,
        domainGetMemoryParameters: () => new TypedParamsBuilder().ullong('hard_limit', 2n ** 60n).params,
        connectDomainEventRegisterAny: (dom: DomainRef | null, id: number, callback: (payload: object) => void) =>
          events.register(id, dom?.uuid ?? null, callback),
        connectDomainEventDeregisterAny: (id: number) => void events.deregister(id),
        connectDomainQemuMonitorEventRegister: (
          dom: DomainRef | null,
          _event: string | null,
          _flags: number,
          callback: (payload: object) => void,
        ) => events.register(MONITOR, dom?.uuid ?? null, callback),
        connectDomainQemuMonitorEventDeregister: (id: number) => void events.deregister(id),
        domainOpenConsole: () => this.#console(),
      },
      storage: {
        storageVolDownload: (vol: Volume, offset: bigint, length: bigint) =>
          this.#download(vol.key, Number(offset), Number(length)),
        storageVolUpload: (vol: Volume, _offset: bigint, length: bigint) => this.#upload(vol.key, Number(length)),
      },
    };
  }

  #download(key: string, offset: number, length: number): StreamDriver {
    const bytes = this.volumes.get(key) ?? Buffer.alloc(0);
    const end = length === 0 ? bytes.length : Math.min(bytes.length, offset + length);
    let at = offset;
    let hole = this.holes;
    return {
      streamRecv: (max, into) => {
        if (hole) {
          hole = false;
          return { hole: 300_000 };
        }
        if (at >= end) return null;
        const part = bytes.subarray(at, Math.min(end, at + max));
        at += part.length;
        this.sent += part.length;
        if (!this.fills || into === undefined) return part;
        into.set(part);
        return into.subarray(0, part.length);
      },
      streamFinish: () => undefined,
      streamAbort: (reason) => void this.aborted.push(reason ?? 'client'),
    };
  }

  #upload(key: string, limit: number): StreamDriver {
    const parts: Buffer[] = [];
    let total = 0;
    return {
      streamSend: async (data) => {
        if (this.uploadDelay > 0) await new Promise((resolve) => setTimeout(resolve, this.uploadDelay));
        total += data.length;
        if (limit > 0 && total > limit)
          throw new LibvirtError(ErrorCode.SYSTEM_ERROR, ErrorDomain.STREAMS, 'no space', { int1: 28 });
        parts.push(Buffer.from(data));
      },
      streamSendHole: (length) => void parts.push(Buffer.alloc(length)),
      streamFinish: () => void this.volumes.set(key, Buffer.concat(parts)),
      streamAbort: (reason) => void this.aborted.push(reason ?? 'client'),
    };
  }

  /** Sends back what it gets, in capitals. */
  #console(): StreamDriver {
    const queue: Buffer[] = [];
    let wake: (() => void) | undefined;
    let ended = false;
    return {
      streamRecv: async () => {
        while (queue.length === 0 && !ended) await new Promise<void>((resolve) => (wake = resolve));
        return queue.shift() ?? null;
      },
      streamSend: (data) => {
        queue.push(Buffer.from(Buffer.from(data).toString().toUpperCase()));
        wake?.();
      },
      streamFinish: () => {
        ended = true;
        wake?.();
      },
      streamAbort: (reason) => {
        ended = true;
        this.aborted.push(reason ?? 'client');
        wake?.();
      },
    };
  }

  driver(): GivenDriver {
    return {
      manifest: {
        spi: '1.0',
        kind: 'hypervisor',
        name: 'fake',
        uriSchemes: ['fake'],
        provides: ['storage'],
        secondaries: 'own',
        localOnly: true,
      },
      module: {
        name: 'fake',
        spi: '1.0',
        connection: (container) => {
          container.registerInstance<object>(CONNECTION_FACTORY, { connectOpen: () => this.connection() });
        },
      },
    };
  }
}
