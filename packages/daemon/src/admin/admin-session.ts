import type { Log } from '@virtkit/core';
import { rpcError, xdrCodec } from '@virtkit/core/util';
import { admin, type Procedure, type Program } from '@virtkit/driver-remote/protocol';
import type { Client, Frame } from '../server/client.js';
import type { Plan } from '../session/call.js';
import { RpcSession } from '../session/rpc-session.js';
import { adminHandlers } from './admin-handlers.js';
import type { AdminHost } from './admin-host.js';

const plans = new Map<Procedure, Plan<AdminSession>>();

/** The dialogue on the administration socket: virt-admin asks about the daemon itself and changes it. */
export class AdminSession extends RpcSession<AdminSession> {
  /** virAdmConnectOpen was called. */
  opened = false;

  constructor(
    client: Client,
    log: Log,
    readonly host: AdminHost,
  ) {
    super(client, log);
  }

  get authenticated(): boolean {
    // Who may reach the socket is up to its mode.
    return true;
  }

  protected program(number: number): Program | undefined {
    return number === admin.number ? admin : undefined;
  }

  protected plan(program: Program, number: number): Plan<AdminSession> | undefined {
    const procedure = program.byNumber[number];
    if (procedure === undefined) return undefined;
    let plan = plans.get(procedure);
    if (plan === undefined) {
      plan = {
        procedure,
        args: procedure.args && xdrCodec(procedure.args),
        ret: procedure.ret && xdrCodec(procedure.ret),
        run: adminHandlers[procedure.name]!,
      };
      plans.set(procedure, plan);
    }
    return plan;
  }

  protected stream(_frame: Frame): void {
    throw rpcError('there are no streams on the administration socket');
  }

  closed(): void {
    this.opened = false;
  }
}
