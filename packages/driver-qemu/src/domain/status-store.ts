import { readFile, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type DomainDef,
  type GuestCpuDef,
  type XmlNode,
  childOf,
  escapeXml,
  formatAttr,
  formatCpu,
  parseGuestCpu,
  readXml,
} from '@virtkit/core/conf';
import { ErrorCode, ErrorDomain, LibvirtError, type ProcessIdentity, writeFileAtomic } from '@virtkit/core/util';
import { formatJob, type JobRecord, parseJob } from '../jobs/job-record.js';
import type { QemuDomain } from './domain.js';
import { type StateAndReason, stateOfWords, stateWords } from './state.js';
import { decodeStatusDomain, formatStatusDomain } from './xml.js';

const SUFFIX = '.xml';

/** What a status document tells about a guest that was running when it was written. */
export interface DomainStatus {
  readonly identity: ProcessIdentity;
  readonly monitorPath: string;
  readonly dir: string;
  readonly status: StateAndReason;
  readonly fakeReboot: boolean;
  readonly balloon: number | undefined;
  readonly job: JobRecord | undefined;
  readonly originalCpu: GuestCpuDef | undefined;
  readonly def: DomainDef;
}

function formatStatus(domain: QemuDomain): string | undefined {
  const { live } = domain;
  if (live === undefined) return undefined;
  const { pid, startTime, bootId } = live.process.identity;
  const { state, reason } = stateWords(domain.status);
  const attrs = formatAttr('state', state) + formatAttr('reason', reason) + formatAttr('pid', pid);
  return [
    `<domstatus${attrs}>`,
    `  <process startTime='${escapeXml(startTime)}' bootId='${escapeXml(bootId)}'/>`,
    `  <monitor path='${escapeXml(live.monitorPath)}' type='unix'/>`,
    `  <libDir path='${escapeXml(live.dir)}'/>`,
    ...(live.balloon === undefined ? [] : [`  <balloon current='${live.balloon}'/>`]),
    ...(live.fakeReboot ? ['  <fakereboot/>'] : []),
    ...(live.job === undefined ? [] : [formatJob(live.job)]),
    ...(live.originalCpu === undefined
      ? []
      : [`  <originalCpu document='${escapeXml(formatCpu(live.originalCpu))}'/>`]),
    formatStatusDomain(domain.def).trimEnd(),
    '</domstatus>\n',
  ].join('\n');
}

/**
 * Writes a running domain's status document, or removes that of one that does not run. Calls for one domain take effect
 * in order, each with the state that the domain has when its turn comes.
 */
export function saveStatus(dir: string, domain: QemuDomain): Promise<void> {
  const path = join(dir, domain.name + SUFFIX);
  const write = async () => {
    const text = formatStatus(domain);
    // What it protects against is the end of this process, not of the machine, which ends its guests too.
    if (text === undefined) await rm(path, { force: true });
    else await writeFileAtomic(path, text, { durable: false });
  };
  const done = domain.statusTail.then(write);
  domain.statusTail = done.catch(() => undefined);
  return done.catch((error: unknown) => {
    throw LibvirtError.system(ErrorDomain.QEMU, `cannot save the status of domain '${domain.name}' in ${path}`, error);
  });
}

/** All status documents; one that cannot be understood is reported and skipped, never fatal. */
export async function loadStatuses(
  dir: string,
  skipped: (path: string, error: unknown) => void,
): Promise<{ readonly path: string; readonly status: DomainStatus }[]> {
  const found: { path: string; status: DomainStatus }[] = [];
  for (const file of (await readdir(dir)).sort()) {
    if (!file.endsWith(SUFFIX)) continue;
    const path = join(dir, file);
    try {
      found.push({ path, status: parseStatus(await readFile(path, 'utf8')) });
    } catch (error) {
      skipped(path, error);
    }
  }
  return found;
}

function parseStatus(text: string): DomainStatus {
  const root = readXml(text);
  const need = (node: XmlNode | undefined, name: string): string => {
    const value = node?.attrs[name];
    if (value === undefined)
      throw new LibvirtError(ErrorCode.INTERNAL_ERROR, ErrorDomain.QEMU, `status document without '${name}'`);
    return value;
  };
  const process = childOf(root, 'process');
  const domain = childOf(root, 'domain');
  const status = stateOfWords(need(root, 'state'), root.attrs.reason ?? '');
  if (domain === undefined || status === undefined)
    throw new LibvirtError(ErrorCode.INTERNAL_ERROR, ErrorDomain.QEMU, 'status document without a domain or its state');
  const cpu = childOf(root, 'originalCpu')?.attrs.document;
  const balloon = childOf(root, 'balloon')?.attrs.current;
  return {
    identity: {
      pid: Number(need(root, 'pid')),
      startTime: need(process, 'startTime'),
      bootId: need(process, 'bootId'),
    },
    monitorPath: need(childOf(root, 'monitor'), 'path'),
    dir: need(childOf(root, 'libDir'), 'path'),
    status,
    fakeReboot: childOf(root, 'fakereboot') !== undefined,
    balloon: balloon === undefined ? undefined : Number(balloon),
    job: parseJob(childOf(root, 'job')),
    originalCpu: cpu === undefined ? undefined : parseGuestCpu(cpu),
    def: decodeStatusDomain(domain),
  };
}
