import { ErrorCode, ErrorDomain, LibvirtError } from '../../util/index.js';

/** How one kind of moment complains: its subsystem's domain is bound. */
export interface MomentProblems {
  xml(detail: string): LibvirtError;
  internal(detail: string): LibvirtError;
  unsupported(detail: string): LibvirtError;
}

const problemsOf = (domain: ErrorDomain): MomentProblems => ({
  xml: (detail) => new LibvirtError(ErrorCode.XML_ERROR, domain, detail),
  internal: (detail) => new LibvirtError(ErrorCode.INTERNAL_ERROR, domain, detail),
  unsupported: (detail) => new LibvirtError(ErrorCode.CONFIG_UNSUPPORTED, domain, detail),
});

export const snapshotProblems = problemsOf(ErrorDomain.DOMAIN_SNAPSHOT);
export const checkpointProblems = problemsOf(ErrorDomain.DOMAIN_CHECKPOINT);
/** Backups are the domain's own subsystem. */
export const backupProblems = problemsOf(ErrorDomain.DOMAIN);
