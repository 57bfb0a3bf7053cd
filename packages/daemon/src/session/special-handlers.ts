import { authHandlers } from './auth-handlers.js';
import { eventHandlers } from './event-handlers.js';
import { connectionHandlers } from './connection-handlers.js';
import type { Handler } from './call.js';
import type { Session } from './session.js';

/** The procedures that no table describes: what daemon and client settle between them. By program and procedure. */
export const SPECIAL_HANDLERS: Readonly<Record<string, Handler<Session>>> = {
  ...connectionHandlers,
  ...authHandlers,
  ...eventHandlers,
};
