import { internal, unsupported, wrong } from '../common/problems.js';
import { parseBitmap } from '../common/bitmap.js';
import type { DomainDef } from '../domain-def.js';

/** What is pinned, scheduled or counted must be there. */
export function checkThreads(def: DomainDef): void {
  checkIoThreads(def);
  checkShares(def);
  if (def.vcpu.current !== undefined && def.vcpu.current > def.vcpu.value)
    throw internal(`maxvcpus must not be less than current vcpus (${def.vcpu.value} < ${def.vcpu.current})`);
}

function checkIoThreads(def: DomainDef): void {
  for (const { thread_pool_min: least, thread_pool_max: most } of def.iothreadids?.iothread ?? []) {
    if (most !== undefined && most < 1) throw unsupported('thread_pool_max must be a positive integer');
    if (least !== undefined && most !== undefined && least > most)
      throw unsupported('thread_pool_min must be smaller or equal to thread_pool_max');
  }
}

function checkShares({ cputune }: DomainDef): void {
  const shares = cputune?.shares;
  if (shares !== undefined && shares !== 0 && (shares < 2 || shares > 262144))
    throw unsupported("Value of cputune 'shares' must be in range [2, 262144]");
}

/** virDomainIOThreadPinDefParseXML and its kin: what is pinned or scheduled is there, and is so once. */
export function checkPins({ cputune, iothreads = 0, iothreadids }: Partial<DomainDef>): void {
  const ids = new Set(iothreadids?.iothread.map(({ id }) => id));
  // Those without a number get the lowest that are free.
  for (let id = 1; ids.size < iothreads && id <= iothreads; id++) ids.add(id);
  const need = (id: number): void => {
    if (!ids.has(id)) throw unsupported(`Cannot find 'iothread' : ${id}`);
  };
  const pinned = new Set<number>();
  for (const { vcpu } of cputune?.vcpupin ?? []) {
    if (pinned.has(vcpu)) throw internal(`duplicate vcpupin for vcpu '${vcpu}'`);
    pinned.add(vcpu);
  }
  const threads = new Set<number>();
  for (const { iothread } of cputune?.iothreadpin ?? []) {
    need(iothread);
    if (threads.has(iothread)) throw internal(`duplicate iothreadpin for same iothread '${iothread}'`);
    threads.add(iothread);
  }
  for (const { iothreads: several } of cputune?.iothreadsched ?? []) parseBitmap(several)?.forEach(need);
}

/** virDomainVcpuParse: processors that are told of one by one are there. */
export function checkVcpuIds({ vcpu, vcpus }: Partial<DomainDef>): void {
  for (const { id } of vcpus?.vcpu ?? [])
    if (id >= (vcpu?.value ?? 1)) throw wrong(`vcpu id '${id}' is out of range of maximum vcpu count`);
}

/** virDomainVcpuThreadSchedParse's part about the domain: only processors that there are have a scheduler. */
export function checkSchedulers({ cputune, vcpu }: Partial<DomainDef>): void {
  for (const { vcpus } of cputune?.vcpusched ?? [])
    for (const id of parseBitmap(vcpus) ?? [])
      if (id >= (vcpu?.value ?? 1)) throw unsupported(`vCPU '${id}' is not present in domain definition`);
}

/** virDomainDefIdMapValidate, device paths of <blkiotune>, cipher names of <keywrap>, events of <perf>. */
export function checkOnce(def: DomainDef): void {
  const { idmap, blkiotune, keywrap, perf } = def;
  if (idmap !== undefined && idmap.uid.length > 0 !== idmap.gid.length > 0)
    throw unsupported('uid and gid should be mapped both');
  once(
    blkiotune?.device?.map(({ path }) => path),
    (path) => unsupported(`duplicate blkio device path '${path}'`),
  );
  once(
    keywrap?.cipher.map(({ name }) => name),
    (name) => internal(`A domain definition can have no more than one cipher node with name ${name}`),
  );
  once(
    perf?.event.map(({ name }) => name),
    (name) => wrong(`perf event '${name}' was already specified`),
  );
}

function once(names: readonly string[] | undefined, problem: (name: string) => Error): void {
  const seen = new Set<string>();
  for (const name of names ?? []) {
    if (seen.has(name)) throw problem(name);
    seen.add(name);
  }
}
