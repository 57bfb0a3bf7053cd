import { ErrorCode, ErrorDomain, LibvirtError } from '@virtkit/core/util';
import { checkFaultRules, type FaultRule } from './fault-rule.js';

const SELECTOR = /^([\w*]+)(?:@([^:#]+))?(?:#(\d+))?:(.+)$/s;

/**
 * Rules from URI parameters, which may repeat: `latency=FUNCTION[@OBJECT][#NTH]:MILLISECONDS` and
 * `fail=FUNCTION[@OBJECT][#NTH]:CODE[:MESSAGE]`.
 */
export function faultsFromUri(params: URLSearchParams): readonly FaultRule[] {
  const rules: FaultRule[] = [];
  for (const [name, value] of params) {
    if (name !== 'latency' && name !== 'fail') continue;
    const match = SELECTOR.exec(value);
    if (match === null)
      throw new LibvirtError(
        ErrorCode.INVALID_ARG,
        ErrorDomain.TEST,
        `URI parameter ${name}=${value}: expected ${name}=FUNCTION[@OBJECT][#NTH]:${name === 'fail' ? 'CODE[:MESSAGE]' : 'MILLISECONDS'}`,
      );
    const [, fn = '', object, nth, rest = ''] = match;
    const [code = '', ...message] = rest.split(':');
    rules.push({
      function: fn,
      ...(object === undefined ? {} : { object }),
      ...(nth === undefined ? {} : { nth: Number(nth) }),
      ...(name === 'latency'
        ? { latency: rest.trim() === '' ? NaN : Number(rest) }
        : { error: { code, ...(message.length === 0 ? {} : { message: message.join(':') }) } }),
    });
  }
  return checkFaultRules(rules);
}
