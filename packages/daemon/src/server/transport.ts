import type { Socket } from 'node:net';
import type { Identity } from '@virtkit/core';

/** How a client is connected, and what that says about it. */
export interface Transport {
  readonly socket: Socket;
  readonly kind: 'unix' | 'tcp' | 'tls';
  /** Connected to the read-only socket. */
  readonly readOnly: boolean;
  /** Who it is as far as the transport knows. */
  readonly identity: Identity;
  /** Address for messages. */
  readonly peer: string;
}
