import { type XmlNode, formatAttr } from '@virtkit/core/conf';
import type { DomainJobOperation } from '@virtkit/core/util';

/** What a status document tells of a job under way. */
export interface JobRecord {
  readonly operation: DomainJobOperation;
  /** The guest ran before the job, and is to run again when it does not come to an end. */
  readonly resume: boolean;
  /** A file that is of no use unless the job has come to its end. */
  readonly file?: string | undefined;
  /** It has come to its end: all that is left to do is to end the guest. */
  readonly finished?: boolean;
}

const flag = (value: boolean | undefined): string => (value === true ? 'yes' : 'no');

export function formatJob({ operation, resume, file, finished }: JobRecord): string {
  const attrs = { operation, resume: flag(resume), finished: flag(finished), file };
  const text = Object.entries(attrs).map(([name, value]) => formatAttr(name, value));
  return `  <job${text.join('')}/>`;
}

export function parseJob(node: XmlNode | undefined): JobRecord | undefined {
  if (node === undefined) return undefined;
  const { operation = '0', resume, file, finished } = node.attrs;
  return {
    operation: Number(operation) as DomainJobOperation,
    resume: resume === 'yes',
    finished: finished === 'yes',
    file,
  };
}
