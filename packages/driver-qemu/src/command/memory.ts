import { type DomainDef, type MemoryDeviceDef, parseBitmap } from '@virtkit/core/conf';
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtkit/core/util';
import type { QemuCaps } from '../capabilities/index.js';
import type { ArgList, Props } from './arg-list.js';
import type { CommandContext } from './context.js';
import { configUnsupported, internalError } from '../errors.js';
import { hasHmat } from './machine.js';
import { initialMemory } from './prepare.js';

const KIB = 1024;

/** What one memory backend is for. */
export interface BackendRequest {
  readonly id: string;
  /** KiB */
  readonly size: number;
  readonly nodeId?: number;
  readonly device?: MemoryDeviceDef;
  /** A backend object is needed even if nothing is special about it. */
  readonly force: boolean;
  /** The backend is the machine's main memory under its traditional id. */
  readonly main?: boolean;
}

interface Backend {
  readonly props: Props;
  /** The device is to fill its memory. */
  readonly onDevice: boolean;
  /** Object that binds the threads which fill the memory. */
  readonly context?: Props | undefined;
}

/** The page size that a part of the guest's memory asks for, in KiB; undefined for ordinary pages. */
function pageSize(def: DomainDef, request: BackendRequest, context: CommandContext): number | undefined {
  const own = request.device?.source?.pagesize;
  if (own !== undefined) return own === 4 ? undefined : own;
  if (request.device?.source?.path !== undefined || request.device?.model === 'sgx-epc') return undefined;
  const hugepages = def.memoryBacking?.hugepages;
  if (hugepages === undefined) return undefined;
  const pages = hugepages.page ?? [];
  const standard = context.hugepages.find((mount) => mount.default === true)?.sizeKiB;
  const byNode = pages.find(
    ({ nodeset }) =>
      nodeset !== undefined && request.nodeId !== undefined && (parseBitmap(nodeset) ?? []).includes(request.nodeId),
  );
  const general =
    pages.find(({ nodeset }) => nodeset === undefined) ?? (request.nodeId === undefined ? pages[0] : undefined);
  const found = byNode ?? general;
  if (found === undefined) {
    if (pages.length === 0 && standard === undefined) throw noHugepages();
    return pages.length === 0 ? standard : undefined;
  }
  return found.size === 4 ? undefined : found.size;
}

/** Host nodes that a part of the memory is bound to, and how. */
function binding(
  def: DomainDef,
  request: BackendRequest,
  context: CommandContext,
): { nodes?: number[]; mode?: string } {
  const own = request.device?.source?.nodemask;
  const { numatune } = def;
  const cell = numatune?.memnode?.find(({ cellid }) => cellid === request.nodeId);
  const text =
    own ??
    cell?.nodeset ??
    (numatune?.memory?.placement === 'auto' || (numatune?.memory !== undefined && numatune.memory.nodeset === undefined)
      ? context.autoNodeset
      : numatune?.memory?.nodeset);
  if (text === undefined && numatune?.memory?.placement === 'auto')
    throw new LibvirtError(
      ErrorCode.INTERNAL_ERROR,
      ErrorDomain.DOMAIN,
      'Advice from numad is needed in case of automatic numa placement',
    );
  const mode = cell?.mode ?? numatune?.memory?.mode ?? 'strict';
  const nodes = text === undefined ? undefined : parseBitmap(text);
  checkNodes(nodes ?? [], context);
  return nodes === undefined || mode === 'restrictive' ? {} : { nodes, mode: POLICIES[mode as keyof typeof POLICIES] };
}

/** virDomainNumatuneNodesetIsAvailable: every node that memory is to come from is there. */
export function checkNumatune({ numatune }: DomainDef, context: CommandContext): void {
  for (const { nodeset } of [numatune?.memory ?? {}, ...(numatune?.memnode ?? [])] as { nodeset?: string }[])
    checkNodes(parseBitmap(nodeset ?? '') ?? [], context);
}

/** virNumaNodesetIsAvailable */
function checkNodes(nodes: readonly number[], { numaNodes }: CommandContext): void {
  const there = new Set(parseBitmap(numaNodes));
  const missing = nodes.find((node) => !there.has(node));
  if (missing !== undefined)
    throw new LibvirtError(
      ErrorCode.CONFIG_UNSUPPORTED,
      ErrorDomain.NONE,
      `NUMA node ${missing} is unavailable: this host has ${numaNodes}`,
    );
}

const POLICIES = { strict: 'bind', preferred: 'preferred', interleave: 'interleave', restrictive: 'default' } as const;

/** qemuBuildMemoryBackendProps: undefined if ordinary memory will do and no object is asked for. */
export function memoryBackend(
  def: DomainDef,
  caps: QemuCaps,
  context: CommandContext,
  request: BackendRequest,
): Backend | undefined {
  const { memoryBacking } = def;
  const { device } = request;
  const source = memoryBacking?.source?.type;
  const page = pageSize(def, request, context);
  const pagePath = page === undefined ? undefined : hugepagePath(page, context);
  const { nodes, mode } = binding(def, request, context);
  const path = device?.source?.path;
  const cell = request.nodeId === undefined ? undefined : def.cpu?.numa?.cell[request.nodeId];
  const ownAccess = device?.access ?? cell?.memAccess;
  const shared = ownAccess ?? memoryBacking?.access?.mode;
  const discard = device?.discard ?? cell?.discard ?? (memoryBacking?.discard === true ? true : undefined);
  const isEpc = device?.model === 'sgx-epc';
  const isNvdimm = device?.model === 'nvdimm' || device?.model === 'virtio-pmem';
  const memfd = source === 'memfd' && path === undefined && !isEpc;
  const file =
    !memfd && (page !== undefined || path !== undefined || (!isEpc && (source === 'file' || shared !== undefined)));
  let prealloc = memoryBacking?.allocation?.mode === 'immediate' || page !== undefined || isEpc;
  if (device?.model === 'nvdimm' && device.source?.pmem !== true) prealloc = true;
  if (!request.force && !isNeeded(def, request, shared)) return undefined;
  if (preallocatesAll(def, caps, context)) prealloc = false;
  // What a guest takes bit by bit its device fills as it goes.
  const onDevice = device?.model === 'virtio-mem' && prealloc && caps.has('virtio-mem-pci.prealloc');
  if (device?.model === 'virtio-mem') prealloc = false;

  if (device?.source?.pmem === true && !caps.has('memory-backend-file.pmem'))
    throw configUnsupported('nvdimm pmem property is not available with this QEMU binary');
  const type = isEpc
    ? 'memory-backend-epc'
    : memfd
      ? 'memory-backend-memfd'
      : file
        ? 'memory-backend-file'
        : 'memory-backend-ram';
  const threads = memoryBacking?.allocation?.threads;
  const withThreads = prealloc && threads !== undefined;
  const tc = prealloc && nodes !== undefined && caps.has('thread-context') ? `tc-${request.id}` : undefined;
  const where: Props = file
    ? {
        'mem-path': path ?? pagePath ?? `${context.memoryDir}/${device?.alias?.name ?? request.id}`,
        ...(discard !== undefined && path === undefined && { 'discard-data': discard }),
      }
    : {};
  const share = isEpc
    ? undefined
    : isNvdimm
      ? shared === undefined
        ? device?.model === 'virtio-pmem' || undefined
        : shared === 'shared'
      : shared === undefined
        ? undefined
        : shared === 'shared';
  const props: Props = {
    'qom-type': type,
    id: request.id,
    ...(memfd && page !== undefined && { hugetlb: true, hugetlbsize: page * KIB }),
    ...where,
    ...(share !== undefined && { share }),
    ...(request.main === true &&
      file &&
      caps.has('memory-backend-file.x-use-canonical-path-for-ramblock-id') && {
        'x-use-canonical-path-for-ramblock-id': false,
      }),
    ...(request.main === true &&
      memfd &&
      caps.has('memory-backend-file.x-use-canonical-path-for-ramblock-id') && {
        'x-use-canonical-path-for-ramblock-id': false,
      }),
    ...(prealloc && { prealloc: true }),
    ...(withThreads && { 'prealloc-threads': threads }),
    ...(device?.model === 'virtio-mem' && caps.has('memory-backend-file.reserve') && { reserve: false }),
    size: request.size * KIB,
    ...(isNvdimm && device.source?.alignsize !== undefined && { align: device.source.alignsize * KIB }),
    ...(isNvdimm && device.source?.pmem === true && { pmem: true }),
    ...(nodes !== undefined && { 'host-nodes': nodes, policy: mode }),
    ...(tc !== undefined && { 'prealloc-context': tc }),
  };
  return {
    props,
    onDevice,
    context: tc === undefined ? undefined : { 'qom-type': 'thread-context', id: tc, 'node-affinity': nodes },
  };
}

/** Whether a part of the memory cannot be had without an object of its own. */
function isNeeded(
  def: DomainDef,
  { nodeId, device }: Pick<BackendRequest, 'nodeId' | 'device'>,
  shared: string | undefined,
): boolean {
  const { memoryBacking, numatune } = def;
  const ofCell = (list: readonly { nodeset?: string | undefined }[] | undefined): boolean =>
    list?.some(({ nodeset }) => nodeId !== undefined && parseBitmap(nodeset ?? '')?.includes(nodeId) === true) === true;
  return (
    device !== undefined ||
    shared !== undefined ||
    memoryBacking?.source?.type === 'file' ||
    memoryBacking?.source?.type === 'memfd' ||
    ofCell(memoryBacking?.hugepages?.page?.filter(({ size }) => size !== 4)) ||
    numatune?.memnode?.some(({ cellid }) => cellid === nodeId) === true
  );
}

/** virDomainNuma's cells in the way of older machines: all memory is one piece, of which each cell has a part. */
export function sharesOnePiece(def: DomainDef, caps: QemuCaps): boolean {
  const cells = def.cpu?.numa?.cell ?? [];
  const machine = caps.machine(def.type, def.os.type.machine ?? '');
  if (cells.length === 0) return machine?.defaultRamId === undefined;
  // One cell that needs an object makes all of them need one; newer machines take nothing else.
  return (
    machine?.numaMemSupported === true &&
    !hasHmat(def) &&
    !cells.some((cell, nodeId) => isNeeded(def, { nodeId }, cell.memAccess ?? def.memoryBacking?.access?.mode))
  );
}

/** Whether the one piece is filled at once, so that what is plugged need not be. */
const preallocatesAll = (def: DomainDef, caps: QemuCaps, context: CommandContext): boolean =>
  sharesOnePiece(def, caps) &&
  (def.memoryBacking?.allocation?.mode === 'immediate' || generalPage(def, context) !== undefined);

const generalPage = (def: DomainDef, context: CommandContext): number | undefined =>
  def.memoryBacking?.hugepages === undefined ? undefined : pageSize(def, { id: '', size: 0, force: false }, context);

const noHugepages = (): Error =>
  internalError('hugetlbfs filesystem is not mounted or disabled by administrator config');

function hugepagePath(size: number, context: CommandContext): string {
  const mount = context.hugepages.find(({ sizeKiB }) => sizeKiB === size);
  if (context.hugepages.length === 0) throw noHugepages();
  if (mount === undefined)
    throw internalError(`Unable to find any usable hugetlbfs mount for ${size} KiB: mount one with pagesize=${size}K`);
  return context.hugepageDir(mount.mount);
}

export function addBackend(args: ArgList, { props, context }: Backend): void {
  if (context !== undefined) args.object(context);
  args.object(props);
}

/** Whether memory can be plugged in later. */
const hasMemoryHotplug = (def: DomainDef): boolean => def.maxMemory !== undefined && def.maxMemory.value > 0;

/** qemuBuildMemCommandLine: `-m`, and the object behind it where the machine knows one. Answers that object's id. */
export function addMainMemory(args: ArgList, def: DomainDef, context: CommandContext): void {
  const size = initialMemory(def);
  if (hasMemoryHotplug(def))
    args.add('-m', `size=${size}k,slots=${def.maxMemory!.slots},maxmem=${def.maxMemory!.value}k`);
  else args.add('-m', String(size / 1024));
  const id = mainMemoryId(def, args.caps);
  if (id !== undefined) {
    const backend = memoryBackend(def, args.caps, context, { id, size, force: true, main: true });
    if (backend !== undefined) addBackend(args, backend);
    return;
  }
  if (defaultRamId(def, args.caps) !== undefined) return;
  if ((def.cpu?.numa?.cell.length ?? 0) === 0) addMemoryPath(args, def, context);
}

/** qemuBuildMemPathStr: where an older machine takes its memory from, if that is not ordinary memory. */
export function addMemoryPath(args: ArgList, def: DomainDef, context: CommandContext): void {
  if (preallocatesAll(def, args.caps, context)) args.add('-mem-prealloc');
  const page = generalPage(def, context);
  if (page !== undefined) args.add('-mem-path', hugepagePath(page, context));
  else if (def.memoryBacking?.source?.type === 'file') args.add('-mem-path', `${context.memoryDir}/ram`);
}

const defaultRamId = (def: DomainDef, caps: QemuCaps): string | undefined =>
  caps.machine(def.type, def.os.type.machine ?? '')?.defaultRamId;

/** The id under which the machine takes its main memory as an object; undefined where it does not, or has NUMA cells. */
export function mainMemoryId(def: DomainDef, caps: QemuCaps): string | undefined {
  return (def.cpu?.numa?.cell.length ?? 0) > 0 ? undefined : defaultRamId(def, caps);
}
