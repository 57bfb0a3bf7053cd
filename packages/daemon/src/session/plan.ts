import { ErrorCode, ErrorDomain, LibvirtError } from '@virtkit/core';
import { xdrCodec } from '@virtkit/core/util';
import { bindingOf, type Binding, type Procedure, type Program } from '@virtkit/driver-remote/protocol';
import type { Call, Handler, Plan } from './call.js';
import type { Session } from './session.js';
import { SPECIAL_HANDLERS } from './special-handlers.js';

const plans = new Map<Program, (Plan<Session> | undefined)[]>();

/** The plan of a procedure of the program; undefined if clients cannot call that number. */
export function planOf(program: Program, number: number): Plan<Session> | undefined {
  let known = plans.get(program);
  if (known === undefined) plans.set(program, (known = []));
  const plan = known[number];
  if (plan !== undefined) return plan;
  const procedure = program.byNumber[number];
  if (procedure?.kind !== 'call') return undefined;
  return (known[number] = createPlan(program, procedure));
}

function createPlan(program: Program, procedure: Procedure): Plan<Session> {
  return {
    procedure,
    args: procedure.args && xdrCodec(procedure.args),
    ret: procedure.ret && xdrCodec(procedure.ret),
    run: SPECIAL_HANDLERS[`${program.name}.${procedure.name}`] ?? byTable(procedure),
  };
}

/** Serves a procedure as its binding says: look at the arguments, call the API by reference, give back what it returns. */
function byTable(procedure: Procedure): Handler<Session> {
  const binding = bindingOf(procedure);
  if (binding === undefined) return unsupported(procedure.name, ErrorDomain.RPC);
  // Node cannot receive descriptors, so what needs one has nothing to work with.
  if ((procedure.options.fds?.min ?? 0) > 0) return unsupported(binding.symbol, ErrorDomain.NONE);
  const { name } = binding;
  return (session, wire, call) => {
    const result = session.connect.call(
      name,
      binding.self(wire),
      binding.args(wire),
      session.deadline,
      binding.counts(wire),
    );
    if (result instanceof Promise) return result.then((value: unknown) => answer(binding, session, value, wire, call));
    return answer(binding, session, result, wire, call);
  };
}

function answer(
  binding: Binding,
  session: Session,
  result: unknown,
  wire: readonly unknown[],
  call: Call<Session>,
): readonly unknown[] {
  if (binding.procedure.stream !== undefined) session.offerStream(call, binding.streamOf(result), wire);
  return binding.answer(result, wire);
}

function unsupported(what: string, domain: ErrorDomain): Handler<Session> {
  return () => {
    throw new LibvirtError(ErrorCode.NO_SUPPORT, domain, what);
  };
}
