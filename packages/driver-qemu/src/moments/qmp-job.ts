import { internalError, operationUnsupported } from '../errors.js';
import { type QmpConnection, QmpCommandError } from '../qmp/index.js';

interface JobInfo {
  readonly id: string;
  readonly status: string;
  readonly error?: string;
}

let serial = 0;

/**
 * Runs a command that QEMU carries out as a job, and waits for its end. Raises INTERNAL_ERROR with QEMU's reason when it
 * fails, OPERATION_UNSUPPORTED when this QEMU does not have it, OPERATION_FAILED when QEMU ends meanwhile.
 */
export async function runQmpJob(
  monitor: QmpConnection,
  command: string,
  args: Readonly<Record<string, unknown>>,
): Promise<void> {
  const id = `virtkit-${command}-${process.pid}-${++serial}`;
  let stop = () => undefined as void;
  const concluded = new Promise<void>((resolve, reject) => {
    stop = monitor.onEvent((event) => {
      if (event.event === 'JOB_STATUS_CHANGE' && event.data.id === id && event.data.status === 'concluded') resolve();
    }) as () => void;
    monitor.onClose(reject);
  });
  concluded.catch(() => undefined);
  try {
    await monitor.execute(command, { 'job-id': id, ...args }).catch((error: unknown) => {
      if (QmpCommandError.behind(error)?.errorClass === 'CommandNotFound')
        throw operationUnsupported(`this QEMU does not have the command '${command}', which it takes`, error);
      throw error;
    });
    await concluded;
    const jobs = await monitor.execute<JobInfo[]>('query-jobs');
    await monitor.execute('job-dismiss', { id });
    const { error } = jobs.find((job) => job.id === id) ?? {};
    if (error !== undefined) throw internalError(`QEMU could not carry out '${command}': ${error}`);
  } finally {
    stop();
  }
}
