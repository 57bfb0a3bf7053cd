import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { ErrorDomain, LibvirtError, parseCpuList } from '@virtkit/core/util';
import { operationUnsupported } from '../errors.js';

const run = promisify(execFile);

/** virProcessSetAffinity, for which Node.js has no call: util-linux's taskset makes it. */
export async function pinThread(tid: number, cpuset: string): Promise<void> {
  try {
    await run('taskset', ['--pid', '--cpu-list', cpuset, String(tid)]);
  } catch (error) {
    const { code, stderr } = error as NodeJS.ErrnoException & { stderr?: string };
    if (code === 'ENOENT')
      throw operationUnsupported("unable to find 'taskset' (package util-linux), which says where threads run", error);
    const said = stderr?.trim().split('\n').at(-1);
    throw LibvirtError.system(ErrorDomain.QEMU, `cannot set CPU affinity on process ${tid}`, {
      message: said,
      errno: 22,
    });
  }
}

/** virProcessGetAffinity: the processors that a thread may run on; empty for one that has ended. */
export function affinityOf(pid: number, tid: number): number[] {
  try {
    const status = readFileSync(`/proc/${pid}/task/${tid}/status`, 'latin1');
    return parseCpuList(/^Cpus_allowed_list:\s*(\S+)/m.exec(status)?.[1] ?? '');
  } catch {
    return [];
  }
}
