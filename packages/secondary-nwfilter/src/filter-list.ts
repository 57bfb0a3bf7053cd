import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  formatNwfilter,
  formatNwfilterBinding,
  type NwfilterBindingDef,
  type NwfilterDef,
  parseNwfilter,
  parseNwfilterBinding,
} from '@virtkit/core/conf';
import { DefinitionStore, type ScopedState, type ScopeServices } from '@virtkit/core/driver';
import { ErrorDomain, JobQueue } from '@virtkit/core/util';
import { missingVariables, PortFirewall, type RuleInstance, ruleInstances } from './firewall/index.js';
import { failed, internalError, invalid, noBinding, noFilter, unsupported } from './nwfilter-errors.js';

/** virNWFilterObjList and virNWFilterBindingObjList: filters, and which ports they are for. */
export class FilterList implements ScopedState {
  readonly #filters = new Map<string, NwfilterDef>();
  readonly #bindings = new Map<string, NwfilterBindingDef>();
  readonly #jobs = new JobQueue(ErrorDomain.NWFILTER);
  readonly #store: DefinitionStore;
  readonly #bindingStore: DefinitionStore;
  readonly #firewall: PortFirewall;

  constructor(private readonly services: ScopeServices) {
    const { commands, dirs, log } = services;
    const domain = ErrorDomain.NWFILTER;
    this.#store = new DefinitionStore(dirs.etc, { log, domain, what: 'nwfilter' });
    this.#firewall = new PortFirewall(commands, log);
    this.#bindingStore = new DefinitionStore(join(dirs.run, 'bindings'), { log, domain, what: 'nwfilter binding' });
  }

  async load(): Promise<void> {
    for (const { definition } of await this.#store.load((text) => parseNwfilter(text)))
      if (this.find(definition.name) === undefined) this.#filters.set(definition.uuid, definition);
    for (const { definition } of await this.#bindingStore.load((text) => parseNwfilterBinding(text)))
      this.#bindings.set(definition.portdev.name, definition);
    await this.#restore();
  }

  /** The rules may be from before a change of the filters, or gone with the host's firewall. */
  async #restore(): Promise<void> {
    for (const binding of this.bindings().filter((one) => this.#isThere(one)))
      await this.#instantiate([binding]).catch((error: unknown) =>
        this.services.log.error(`filter of port ${binding.portdev.name}: ${(error as Error).message}`),
      );
  }

  #isThere({ portdev }: NwfilterBindingDef): boolean {
    return existsSync(this.services.hostFs.path(`/sys/class/net/${portdev.name}`));
  }

  /** virNWFilterInstantiateFilter: the rules that a binding stands for, with all variables known. */
  #rulesOf({ filterref, mac }: NwfilterBindingDef): RuleInstance[] {
    const lookup = (name: string): NwfilterDef => {
      const found = this.find(name);
      if (found === undefined) throw internalError(`referenced filter '${name}' is missing`);
      return found;
    };
    const variables = new Map<string, readonly string[]>([['MAC', [mac.address]]]);
    for (const { name, value } of filterref.parameter)
      if (name !== 'MAC') variables.set(name, [...(variables.get(name) ?? []), value]);
    const instances = ruleInstances(lookup(filterref.filter), variables, lookup);
    const missing = missingVariables(instances);
    if (missing.length === 1 && missing[0] === 'IP' && variables.get('CTRL_IP_LEARNING')?.[0] !== 'none')
      throw unsupported(
        `filter '${filterref.filter}' needs the guest's IP address, which is not found out yet: give it as <parameter name='IP' value='ADDRESS'/>`,
      );
    if (missing.length > 0)
      throw internalError(
        `Cannot instantiate filter due to unresolvable variables or unavailable list elements: ${missing.join(', ')}`,
      );
    return instances;
  }

  /** Builds the rules of all these ports, and only then puts them to use: all of them, or none. */
  async #instantiate(bindings: readonly NwfilterBindingDef[]): Promise<void> {
    const rules = bindings.map((binding) => [binding.portdev.name, this.#rulesOf(binding)] as const);
    const built: string[] = [];
    try {
      for (const [port, instances] of rules) {
        await this.#firewall.build(port, instances);
        built.push(port);
      }
    } catch (error) {
      for (const port of built) await this.#firewall.discard(port);
      throw error;
    }
    for (const port of built) await this.#firewall.activate(port);
  }

  all(): NwfilterDef[] {
    return [...this.#filters.values()];
  }

  find(name: string): NwfilterDef | undefined {
    return this.all().find((filter) => filter.name === name);
  }

  byName(name: string): NwfilterDef {
    const filter = this.find(name);
    if (filter === undefined) throw noFilter(`no nwfilter with matching name '${name}'`);
    return filter;
  }

  byUuid(uuid: string, name?: string): NwfilterDef {
    const filter = this.#filters.get(uuid);
    if (filter === undefined)
      throw noFilter(`no nwfilter with matching uuid '${uuid}'${name === undefined ? '' : ` (${name})`}`);
    return filter;
  }

  /** virNWFilterObjListAssignDef, and on disk. */
  define(def: NwfilterDef): Promise<NwfilterDef> {
    return this.#jobs.run('define', async () => {
      const known = this.#filters.get(def.uuid);
      if (known !== undefined && known.name !== def.name)
        throw failed(`filter with same UUID but different name ('${known.name}') already exists`);
      const other = this.find(def.name);
      if (known === undefined && other !== undefined)
        throw failed(`filter '${def.name}' already exists with uuid ${other.uuid}`);
      if (this.#reaches(def, def.name)) throw failed('filter would introduce a loop');
      this.#filters.set(def.uuid, def);
      try {
        // Ports with this filter, directly or by another's reference, get the new rules.
        if (known !== undefined)
          await this.#instantiate(
            this.bindings().filter((binding) => this.#isThere(binding) && this.#uses(binding, def)),
          );
        await this.#store.save(def.name, formatNwfilter(def));
      } catch (error) {
        if (known === undefined) this.#filters.delete(def.uuid);
        else this.#filters.set(def.uuid, known);
        throw error;
      }
      return def;
    });
  }

  #uses({ filterref }: NwfilterBindingDef, { name }: NwfilterDef): boolean {
    const top = this.find(filterref.filter);
    return filterref.filter === name || (top !== undefined && this.#reaches(top, name));
  }

  /** Whether following the references of `def` leads to the filter `name`. */
  #reaches(def: NwfilterDef, name: string, seen = new Set<string>()): boolean {
    return references(def).some((next) => {
      if (next === name) return true;
      if (seen.has(next)) return false;
      seen.add(next);
      const found = this.find(next);
      return found !== undefined && this.#reaches(found, name, seen);
    });
  }

  undefine(uuid: string, name: string): Promise<void> {
    return this.#jobs.run('undefine', async () => {
      const def = this.byUuid(uuid, name);
      // A reference of another filter may wait for one of that name, as at its definition.
      if (this.bindings().some((binding) => this.#isThere(binding) && this.#uses(binding, def)))
        throw invalid('nwfilter is in use');
      await this.#store.remove(def.name);
      this.#filters.delete(def.uuid);
    });
  }

  bindings(): NwfilterBindingDef[] {
    return [...this.#bindings.values()];
  }

  binding(port: string): NwfilterBindingDef {
    const found = this.#bindings.get(port);
    if (found === undefined) throw noBinding(`no nwfilter binding for port dev '${port}'`);
    return found;
  }

  /** nwfilterBindingCreateXML */
  bind(def: NwfilterBindingDef): Promise<NwfilterBindingDef> {
    return this.#jobs.run('bind', async () => {
      const port = def.portdev.name;
      if (this.#bindings.has(port)) throw failed(`binding '${port}' already exists`);
      // Nothing to filter where there is no port; libvirt takes that for one that has gone already.
      if (this.#isThere(def)) await this.#instantiate([def]);
      await this.#bindingStore.save(port, formatNwfilterBinding(def));
      this.#bindings.set(port, def);
      return def;
    });
  }

  unbind(port: string): Promise<void> {
    return this.#jobs.run('unbind', async () => {
      this.binding(port);
      await this.#firewall.remove(port);
      await this.#bindingStore.remove(port);
      this.#bindings.delete(port);
    });
  }
}

const references = (def: NwfilterDef): string[] =>
  def.entry.flatMap((entry) => ('filterref' in entry ? [entry.filterref.filter] : []));
