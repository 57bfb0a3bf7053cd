import { ErrorCode, LibvirtError } from '@virtkit/core/util';

/** What helps against the usual failures, by libvirt's error code. */
const HINTS: Readonly<Record<number, string>> = {
  [ErrorCode.NO_DOMAIN]: "'virtkit list --all' shows the domains of this connection",
  [ErrorCode.NO_NETWORK]: "'virtkit net-list --all' shows the networks of this connection",
  [ErrorCode.NO_STORAGE_POOL]: "'virtkit pool-list --all' shows the pools of this connection",
  [ErrorCode.NO_STORAGE_VOL]: "'virtkit vol-list POOL' shows the volumes of a pool",
  [ErrorCode.NO_SECRET]: "'virtkit secret-list' shows the secrets of this connection",
  [ErrorCode.NO_NWFILTER]: "'virtkit nwfilter-list' shows the filters of this connection",
  [ErrorCode.NO_INTERFACE]: "'virtkit iface-list --all' shows the interfaces of this connection",
  [ErrorCode.NO_NODE_DEVICE]: "'virtkit nodedev-list' shows the devices of this connection",
  [ErrorCode.NO_DOMAIN_SNAPSHOT]: "'virtkit snapshot-list DOMAIN' shows the snapshots of a domain",
  [ErrorCode.NO_CONNECT]: "'virtkit drivers' shows which drivers this host has, and for which URIs",
  [ErrorCode.NO_SUPPORT]: 'the driver of this connection does not have this function',
  [ErrorCode.OPERATION_DENIED]: 'this connection is read-only: leave out --readonly',
};

/** Lines for stderr. `doing` is what the command was about, for example `start domain 'web'`. */
export function errorLines(error: unknown, doing?: string): string[] {
  const out = doing === undefined ? [] : [`error: Failed to ${doing}`];
  if (!LibvirtError.is(error)) return [...out, `error: ${error instanceof Error ? error.message : String(error)}`];
  out.push(`error: ${error.message}`);
  const hint = HINTS[error.code];
  if (hint !== undefined) out.push(`hint: ${hint}`);
  return out;
}

/** The same for `--json`: one object on stderr. */
export function errorJson(error: unknown, doing?: string): object {
  const text = error instanceof Error ? error.message : String(error);
  if (!LibvirtError.is(error)) return { error: { message: text, ...(doing === undefined ? {} : { doing }) } };
  const name = Object.entries(ErrorCode).find(([, code]) => code === error.code)?.[0];
  return {
    error: {
      message: text,
      code: error.code,
      name,
      domain: error.domain,
      ...(doing === undefined ? {} : { doing }),
      ...(HINTS[error.code] === undefined ? {} : { hint: HINTS[error.code] }),
    },
  };
}
