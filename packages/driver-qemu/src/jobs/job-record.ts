import { type XmlNode, formatAttr } from '@virtkit/core/conf';
import type { DomainJobOperation } from '@virtkit/core/util';

/** What a status document tells of a job under way. */
export interface JobRecord {
  readonly operation: DomainJobOperation;
  /** The guest ran before the job, and is to run again when it does not come to an end. */
  readonly resume: boolean;
  /** A file that is of no use unless the job has come to its end. */
  readonly file?: string | undefined;
}

export function formatJob({ operation, resume, file }: JobRecord): string {
  return `  <job${formatAttr('operation', operation)}${formatAttr('resume', resume ? 'yes' : 'no')}${formatAttr('file', file)}/>`;
}

export function parseJob(node: XmlNode | undefined): JobRecord | undefined {
  if (node === undefined) return undefined;
  const { operation = '0', resume, file } = node.attrs;
  return { operation: Number(operation) as DomainJobOperation, resume: resume === 'yes', file };
}
