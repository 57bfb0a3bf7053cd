import { ConnectFlags, ErrorCode, ErrorDomain, LibvirtError } from '@virtkit/core';
import { DriverFeature, type TypedParams } from '@virtkit/core/util';
import type { Handler } from './call.js';
import type { Session } from './session.js';

const internal = (text: string): LibvirtError => new LibvirtError(ErrorCode.INTERNAL_ERROR, ErrorDomain.RPC, text);

/** Features that daemon and client settle between them; drivers are asked for the rest. */
const OWN_FEATURES: Readonly<Record<number, boolean>> = {
  // Plain Node cannot receive descriptors.
  [DriverFeature.FD_PASSING]: false,
  [DriverFeature.REMOTE_EVENT_CALLBACK]: true,
  [DriverFeature.REMOTE_CLOSE_CALLBACK]: true,
};

const open: Handler<Session> = async (session, [name, flags]) => {
  if (typeof name !== 'string')
    throw new LibvirtError(
      ErrorCode.INVALID_ARG,
      ErrorDomain.RPC,
      'connectOpen needs a URI, or empty text for the default',
    );
  if (session.opening !== undefined) throw internal('connection already open');
  const bits = flags as number;
  session.opening = session.host.open(name, {
    readOnly: session.client.transport.readOnly || (bits & ConnectFlags.RO) !== 0,
    noAliases: (bits & ConnectFlags.NO_ALIASES) !== 0,
    identity: session.identity,
  });
  try {
    await session.adopt(await session.opening);
  } catch (error) {
    // A failed open may be tried again on the same connection.
    session.opening = undefined;
    throw error;
  }
  return [];
};

const close: Handler<Session> = ({ client }) => {
  client.closeAfterReply();
  return [];
};

const supportsFeature: Handler<Session> = async (session, [feature]) => {
  // The one question that may be asked before a connection is open.
  if (feature === DriverFeature.PROGRAM_KEEPALIVE) {
    const { interval, count } = session.host.keepalive;
    session.startKeepalive(interval, count);
    return [1];
  }
  const { connect } = session;
  const own = OWN_FEATURES[feature as number];
  if (own !== undefined) return [own ? 1 : 0];
  // A driver that knows no features has none.
  if (!(await connect.supports('connectSupportsFeature'))) return [0];
  return [await connect.call('connectSupportsFeature', undefined, [feature])];
};

/** The number of parameters tells old clients how much room they need. */
const schedulerType: Handler<Session> = async ({ connect }, [dom]) => {
  const type = await connect.call('domainGetSchedulerType', dom as object, []);
  try {
    const params = (await connect.call('domainGetSchedulerParameters', dom as object, [])) as TypedParams;
    return [type, params.length];
  } catch {
    // For inactive domains, say; the most that a message holds is always room enough.
    return [type, 16];
  }
};

export const connectionHandlers: Readonly<Record<string, Handler<Session>>> = {
  'remote.connectOpen': open,
  'remote.connectClose': close,
  'remote.connectSupportsFeature': supportsFeature,
  'remote.connectGetURI': (session) => [session.connect.getURI()],
  'remote.domainGetSchedulerType': schedulerType,
};
