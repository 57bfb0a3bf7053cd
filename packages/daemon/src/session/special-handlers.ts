import { authHandlers } from './auth-handlers.js';
import { eventHandlers } from './event-handlers.js';
import { connectionHandlers } from './connection-handlers.js';
import type { Handler } from './plan.js';

/** The procedures that no table describes: what daemon and client settle between them. By program and procedure. */
export const SPECIAL_HANDLERS: Readonly<Record<string, Handler>> = {
  ...connectionHandlers,
  ...authHandlers,
  ...eventHandlers,
};
