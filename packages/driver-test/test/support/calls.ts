import type { Connect } from '@virtkit/core';
import type {
  DomainLifecycleEvent,
  DomainRef,
  NetworkLifecycleEvent,
  NetworkRef,
  StoragePoolLifecycleEvent,
  StoragePoolRef,
  StorageVolRef,
} from '@virtkit/core/driver';
import { LibvirtError } from '@virtkit/core/util';
import { callerOf } from './open.js';

export type Call = readonly [name: string, args: readonly unknown[]];

type Named = { readonly name: string };
const names = (found: unknown): string[] => (found as Named[]).map(({ name }) => name).sort();

/** The calls of oracle.py, on a connection. */
export function player(connect: Connect): (call: Call) => Promise<unknown> {
  const call = callerOf(connect);
  const dom = (name: unknown): DomainRef => call('domainLookupByName', null, name) as DomainRef;
  const snap = (name: unknown, snapshot: unknown): object =>
    call('domainSnapshotLookupByName', dom(name), snapshot, 0) as object;
  const net = (name: unknown): NetworkRef => call('networkLookupByName', null, name) as NetworkRef;
  const pool = (name: unknown): StoragePoolRef => call('storagePoolLookupByName', null, name) as StoragePoolRef;
  const iface = (name: unknown): object => call('interfaceLookupByName', null, name) as object;
  const vol = (name: unknown, volume: unknown): StorageVolRef =>
    call('storageVolLookupByName', pool(name), volume) as StorageVolRef;
  const nameOf = (found: unknown): string => (found as Named).name;

  const calls: Readonly<Record<string, (...args: unknown[]) => unknown>> = {
    define: (xml) => nameOf(call('domainDefineXML', null, xml)),
    createXML: (xml) => nameOf(call('domainCreateXML', null, xml, 0)),
    create: (n) => void call('domainCreate', dom(n)),
    destroy: (n) => call('domainDestroyFlags', dom(n), 0),
    undefine: (n, f) => call('domainUndefineFlags', dom(n), f),
    suspend: (n) => call('domainSuspend', dom(n)),
    resume: (n) => call('domainResume', dom(n)),
    shutdown: (n) => call('domainShutdownFlags', dom(n), 0),
    reboot: (n) => call('domainReboot', dom(n), 0),
    rename: (n, to) => call('domainRename', dom(n), to, 0),
    state(n) {
      const { state, reason } = call('domainGetState', dom(n), 0) as { state: number; reason: number };
      return [state, reason];
    },
    flagsOf: (n) => [
      call('domainIsActive', dom(n)),
      call('domainIsPersistent', dom(n)),
      call('domainHasManagedSaveImage', dom(n), 0),
    ],
    list: (f) => names(call('connectListAllDomains', null, f)),
    dumpxml: (n, f) => call('domainGetXMLDesc', dom(n), f),
    setMemory: (n, memory, f) => call('domainSetMemoryFlags', dom(n), BigInt(memory as number), f),
    setVcpus: (n, count, f) => call('domainSetVcpusFlags', dom(n), count, f),
    vcpus: (n, f) => call('domainGetVcpusFlags', dom(n), f),
    managedSave: (n) => call('domainManagedSave', dom(n), 0),
    autostart: (n, on) => call('domainSetAutostart', dom(n), on === 1),
    addIOThread: (n, id, f) => call('domainAddIOThread', dom(n), id, f),
    delIOThread: (n, id, f) => call('domainDelIOThread', dom(n), id, f),
    title: (n, text, f) => call('domainSetMetadata', dom(n), 1, text, null, null, f),
    snapshot: (n, s, f) =>
      nameOf(call('domainSnapshotCreateXML', dom(n), `<domainsnapshot><name>${String(s)}</name></domainsnapshot>`, f)),
    snapshots: (n, f) => [...(call('domainSnapshotListNames', dom(n), f) as string[])].sort(),
    snapshotDelete: (n, s, f) => call('domainSnapshotDelete', snap(n, s), f),
    snapshotCurrent: (n) => nameOf(call('domainSnapshotCurrent', dom(n), 0)),
    revert: (n, s, f) => call('domainRevertToSnapshot', snap(n, s), f),
    maxMemory: (n, memory) => call('domainSetMaxMemory', dom(n), BigInt(memory as number)),
    lifecycleAction: (n, type, action, f) => call('domainSetLifecycleAction', dom(n), type, action, f),
    reset: (n) => call('domainReset', dom(n), 0),
    pmSuspend: (n) => call('domainPMSuspendForDuration', dom(n), 0, 0n, 0),
    pmWakeup: (n) => call('domainPMWakeup', dom(n), 0),
    snapshotXML: (n, s) =>
      String(call('domainSnapshotGetXMLDesc', snap(n, s), 0)).replace(/<creationTime>.*?<\/creationTime>/, ''),
    checkpoint: async (n, s, f) =>
      nameOf(
        await call(
          'domainCheckpointCreateXML',
          dom(n),
          `<domaincheckpoint><name>${String(s)}</name></domaincheckpoint>`,
          f,
        ),
      ),
    checkpoints: (n, f) => names(call('domainListAllCheckpoints', dom(n), f)),
    checkpointDelete: (n, s, f) =>
      call('domainCheckpointDelete', call('domainCheckpointLookupByName', dom(n), s, 0) as object, f),
    ifDefine: (xml) => nameOf(call('interfaceDefineXML', null, xml, 0)),
    ifCreate: (n) => call('interfaceCreate', iface(n), 0),
    ifDestroy: (n) => call('interfaceDestroy', iface(n), 0),
    ifUndefine: (n) => call('interfaceUndefine', iface(n)),
    ifList: (f) => names(call('connectListAllInterfaces', null, f)),
    ifBegin: () => call('interfaceChangeBegin', null, 0),
    ifCommit: () => call('interfaceChangeCommit', null, 0),
    ifRollback: () => call('interfaceChangeRollback', null, 0),
    netDefine: (xml) => nameOf(call('networkDefineXML', null, xml)),
    netCreateXML: (xml) => nameOf(call('networkCreateXML', null, xml)),
    netCreate: (n) => call('networkCreate', net(n)),
    netDestroy: (n) => call('networkDestroy', net(n)),
    netUndefine: (n) => call('networkUndefine', net(n)),
    netList: (f) => names(call('connectListAllNetworks', null, f)),
    poolDefine: (xml) => nameOf(call('storagePoolDefineXML', null, xml, 0)),
    poolCreate: (n) => call('storagePoolCreate', pool(n), 0),
    poolDestroy: (n) => call('storagePoolDestroy', pool(n)),
    poolUndefine: (n) => call('storagePoolUndefine', pool(n)),
    poolList: (f) => names(call('connectListAllStoragePools', null, f)),
    poolInfo(n) {
      const info = call('storagePoolGetInfo', pool(n)) as Record<string, number | bigint>;
      return [info['state'], info['capacity']].map(Number);
    },
    volCreate: (n, xml) => (call('storageVolCreateXML', pool(n), xml, 0) as StorageVolRef).key,
    volDelete: (n, v) => call('storageVolDelete', vol(n, v), 0),
    volList: (n) => [...(call('storagePoolListVolumes', pool(n)) as string[])].sort(),
  };

  return async ([name, args]) => {
    try {
      return ['ok', (await calls[name]?.(...args)) ?? null];
    } catch (error) {
      if (!(error instanceof LibvirtError)) throw error;
      return ['error', error.code, error.domain];
    }
  };
}

export type Seen = Readonly<Record<'domain' | 'reboot' | 'network' | 'pool', unknown[]>>;

/** Gathers the events of a connection as oracle.py does. */
export async function watch(connect: Connect): Promise<Seen> {
  const seen: Seen = { domain: [], reboot: [], network: [], pool: [] };
  await connect.domainEventRegisterAny(null, 0, ({ dom, event, detail }: DomainLifecycleEvent) =>
    seen.domain.push([dom.name, event, detail]),
  );
  await connect.domainEventRegisterAny(null, 1, ({ dom }: { dom: DomainRef }) => seen.reboot.push([dom.name]));
  await connect.networkEventRegisterAny(null, 0, ({ net, event, detail }: NetworkLifecycleEvent) =>
    seen.network.push([net.name, event, detail]),
  );
  await connect.storagePoolEventRegisterAny(null, 0, ({ pool, event, detail }: StoragePoolLifecycleEvent) =>
    seen.pool.push([pool.name, event, detail]),
  );
  return seen;
}
