import { ErrorCode, ErrorDomain, LibvirtError } from '@virtkit/core/util';
import { authType } from '@virtkit/driver-remote/protocol';
import type { Handler } from './call.js';
import type { Session } from './session.js';

const failed = (why: string): LibvirtError => new LibvirtError(ErrorCode.AUTH_FAILED, ErrorDomain.RPC, why);

function step(session: Session, nil: unknown, data: unknown): readonly unknown[] {
  const { authentication } = session;
  const { mechanism } = authentication;
  if (mechanism === undefined) throw failed('client tried invalid SASL step request');
  try {
    const answer = mechanism.step(nil === 1 ? new Uint8Array() : (data as Uint8Array));
    if (answer.user !== undefined) {
      authentication.identity = { saslUser: answer.user };
      authentication.complete = true;
      authentication.mechanism = undefined;
      session.host.authenticated();
      session.log.info(`authenticated as ${answer.user}`, { client: session.client.id });
    }
    return [authentication.complete ? 1 : 0, answer.data === undefined ? 1 : 0, answer.data ?? new Uint8Array()];
  } catch (error) {
    // A dialogue that failed cannot go on; a new one may be started.
    authentication.mechanism = undefined;
    throw error;
  }
}

export const authHandlers: Readonly<Record<string, Handler<Session>>> = {
  'remote.authList': ({ authentication }) => [
    [authentication.complete ? authType.values.none : authType.values[authentication.scheme]],
  ],
  'remote.authSaslInit': ({ authentication }) => {
    if (authentication.scheme !== 'sasl' || authentication.complete)
      throw failed('client tried invalid SASL init request');
    return [[...authentication.mechanisms.keys()].join(',')];
  },
  'remote.authSaslStart': (session, [mech, nil, data]) => {
    const { authentication } = session;
    const create = authentication.mechanisms.get(mech as string);
    if (authentication.scheme !== 'sasl' || authentication.complete || create === undefined)
      throw failed(`client tried invalid SASL start request: mechanism '${String(mech)}' is not offered`);
    authentication.mechanism = create();
    return step(session, nil, data);
  },
  'remote.authSaslStep': (session, [nil, data]) => step(session, nil, data),
  'remote.authPolkit': () => {
    throw failed('client tried invalid PolicyKit init request: this daemon does not offer polkit');
  },
};
