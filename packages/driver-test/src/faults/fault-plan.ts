import type { CallContext, Clock, FunctionName } from '@virtkit/core/driver';
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtkit/core/util';
import { errorCodeOf, type FaultRule, functionsOf, pattern } from './fault-rule.js';

/** What happens to one call. */
interface Disturbance {
  readonly latency: number;
  readonly error: LibvirtError | undefined;
  readonly after: boolean;
}

interface Prepared {
  readonly rule: FaultRule;
  readonly functions: ReadonlySet<FunctionName>;
  readonly object: ((value: string) => boolean) | undefined;
  seen: number;
  used: number;
}

type Method = (...args: unknown[]) => unknown;

/**
 * Rules that are worked off call by call: the same calls in the same order always meet the same faults. The first rule
 * that applies to a call decides.
 */
export class FaultPlan {
  readonly #rules: readonly Prepared[];
  readonly #clock: Clock;

  constructor(rules: readonly FaultRule[], clock: Clock) {
    this.#clock = clock;
    this.#rules = rules.map((rule) => ({
      rule,
      functions: functionsOf(rule.function),
      object: rule.object === undefined ? undefined : pattern(rule.object),
      seen: 0,
      used: 0,
    }));
  }

  get empty(): boolean {
    return this.#rules.length === 0;
  }

  /** `method` under this plan; the method itself where no rule concerns it. */
  wrap(name: FunctionName, method: Method): Method {
    const rules = this.#rules.filter(({ functions }) => functions.has(name));
    if (rules.length === 0) return method;
    return (...args) => {
      const disturbance = this.#next(rules, name, args[0]);
      if (disturbance === undefined) return method(...args);
      const call = args.at(-1) as CallContext;
      return this.#disturbed(disturbance, call, () => method(...args));
    };
  }

  #next(rules: readonly Prepared[], name: FunctionName, object: unknown): Disturbance | undefined {
    for (const prepared of rules) {
      const { rule } = prepared;
      if (prepared.object !== undefined && !isNamed(object, prepared.object)) continue;
      const count = ++prepared.seen;
      if (rule.nth !== undefined && count !== rule.nth) continue;
      if (rule.every !== undefined && count % rule.every !== 0) continue;
      if (rule.times !== undefined && prepared.used >= rule.times) continue;
      prepared.used++;
      return {
        latency: rule.latency ?? 0,
        error:
          rule.error &&
          new LibvirtError(
            errorCodeOf(rule.error.code),
            ErrorDomain.TEST,
            rule.error.message ?? `injected fault in ${name}, call ${count}`,
          ),
        after: rule.when === 'after',
      };
    }
    return undefined;
  }

  #disturbed({ latency, error, after }: Disturbance, call: CallContext, work: () => unknown): unknown {
    const finish = (result: unknown): unknown => {
      if (error !== undefined) throw error;
      return result;
    };
    if (latency === 0) {
      if (error !== undefined && !after) throw error;
      const result = work();
      return result instanceof Promise ? result.then(finish) : finish(result);
    }
    const wait = (): Promise<void> => delay(this.#clock, latency, call.signal);
    if (after)
      return (async () => {
        const result = await work();
        await wait();
        return finish(result);
      })();
    return wait().then(() => (error === undefined ? work() : finish(undefined)));
  }
}

/** True if a field by which a reference identifies its object, or the object that this belongs to, matches. */
function isNamed(object: unknown, matches: (value: string) => boolean): boolean {
  if (typeof object !== 'object' || object === null) return false;
  return Object.values(object).some((value: unknown) =>
    typeof value === 'string' ? matches(value) : isNamed(value, matches),
  );
}

function delay(clock: Clock, ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const cancel = clock.schedule(ms, () => {
      signal?.removeEventListener('abort', abort);
      resolve();
    });
    const abort = (): void => {
      cancel();
      reject(new LibvirtError(ErrorCode.OPERATION_ABORTED, ErrorDomain.TEST, 'the caller gave up waiting'));
    };
    if (signal?.aborted) abort();
    else signal?.addEventListener('abort', abort, { once: true });
  });
}
