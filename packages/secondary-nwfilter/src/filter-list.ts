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
import { DefinitionStore, type Directories, type HostFs, type Log, type ScopedState } from '@virtkit/core/driver';
import { ErrorDomain, JobQueue } from '@virtkit/core/util';
import { failed, internalError, invalid, noBinding, noFilter, unsupported } from './nwfilter-errors.js';

export interface FilterServices {
  readonly dirs: Directories;
  readonly log: Log;
  readonly hostFs: HostFs;
}

/** virNWFilterObjList and virNWFilterBindingObjList: filters, and which ports they are for. */
export class FilterList implements ScopedState {
  readonly #filters = new Map<string, NwfilterDef>();
  readonly #bindings = new Map<string, NwfilterBindingDef>();
  readonly #jobs = new JobQueue(ErrorDomain.NWFILTER);
  readonly #store: DefinitionStore;
  readonly #bindingStore: DefinitionStore;

  constructor(private readonly services: FilterServices) {
    this.#store = new DefinitionStore(services.dirs.etc, services.log);
    this.#bindingStore = new DefinitionStore(join(services.dirs.run, 'bindings'), services.log);
  }

  async load(): Promise<void> {
    for (const { definition } of await this.#store.load((text) => parseNwfilter(text)))
      if (this.find(definition.name) === undefined) this.#filters.set(definition.uuid, definition);
    for (const { definition } of await this.#bindingStore.load((text) => parseNwfilterBinding(text)))
      this.#bindings.set(definition.portdev.name, definition);
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
      await this.#store.save(def.name, formatNwfilter(def));
      this.#filters.set(def.uuid, def);
      return def;
    });
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
      const used =
        this.all().some((filter) => references(filter).includes(def.name)) ||
        this.bindings().some(({ filterref }) => filterref.filter === def.name);
      if (used) throw invalid('nwfilter is in use');
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
      if (this.#bindings.has(port)) throw invalid(`binding '${port}' already exists`);
      // Nothing to filter where there is no port; libvirt takes that for one that has gone already.
      if (existsSync(this.services.hostFs.path(`/sys/class/net/${port}`))) this.#refuseRules(def);
      await this.#bindingStore.save(port, formatNwfilterBinding(def));
      this.#bindings.set(port, def);
      return def;
    });
  }

  #refuseRules(def: NwfilterBindingDef): never {
    const { filter } = def.filterref;
    if (this.find(filter) === undefined) throw internalError(`referenced filter '${filter}' is missing`);
    throw unsupported(
      `filter '${filter}' for port '${def.portdev.name}': firewall rules of filters are not built yet: remove <filterref>`,
    );
  }

  unbind(port: string): Promise<void> {
    return this.#jobs.run('unbind', async () => {
      this.binding(port);
      await this.#bindingStore.remove(port);
      this.#bindings.delete(port);
    });
  }
}

const references = (def: NwfilterDef): string[] =>
  def.entry.flatMap((entry) => ('filterref' in entry ? [entry.filterref.filter] : []));
