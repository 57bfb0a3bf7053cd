import type { NwfilterDef, NwfilterRule } from '@virtkit/core/conf';
import { variableIn, type Variables } from './variables.js';

/** virNWFilterRuleInst: a rule of a filter or of one that it refers to, with the values for its variables. */
export interface RuleInstance {
  readonly chain: string;
  readonly chainPriority: number;
  readonly priority: number;
  readonly rule: NwfilterRule;
  readonly variables: Variables;
}

/** virNWFilterDefToInst: a filter's rules with those of the filters that it refers to, in their order. */
export function ruleInstances(
  def: NwfilterDef,
  variables: Variables,
  lookup: (name: string) => NwfilterDef,
): RuleInstance[] {
  return def.entry.flatMap((entry) => {
    if ('rule' in entry) {
      const { rule } = entry;
      return [{ chain: def.chain, chainPriority: def.priority, priority: rule.priority, rule, variables }];
    }
    const { filter, parameter } = entry.filterref;
    const inner = new Map<string, readonly string[]>();
    for (const { name, value } of parameter) inner.set(name, [...(inner.get(name) ?? []), value]);
    for (const [name, values] of variables) inner.set(name, values);
    return ruleInstances(lookup(filter), inner, lookup);
  });
}

/** Names of the variables that have no value, each once. */
export function missingVariables(instances: readonly RuleInstance[]): string[] {
  const missing = new Set<string>();
  for (const { rule, variables } of instances)
    for (const value of Object.values(rule.match?.attributes ?? {})) {
      const name = variableIn(value);
      if (name !== undefined && !variables.has(name)) missing.add(name);
    }
  return [...missing];
}

/** Rules of the root chain first, as they create the other chains; then by priority, which is not below the chain's. */
export function inOrder(instances: readonly RuleInstance[]): RuleInstance[] {
  const isRoot = ({ chain }: RuleInstance): boolean => chain === 'root';
  const sorted = [...instances].sort((one, other) =>
    isRoot(one) === isRoot(other) ? one.priority - other.priority : isRoot(one) ? -1 : 1,
  );
  return sorted.map((instance) =>
    isRoot(instance) || instance.chainPriority <= instance.priority
      ? instance
      : { ...instance, priority: instance.chainPriority },
  );
}
