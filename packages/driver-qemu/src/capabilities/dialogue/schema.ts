/** One entry of query-qmp-schema, every kind of it at once */
interface SchemaEntry {
  name: string;
  'meta-type': 'command' | 'event' | 'object' | 'enum' | 'array' | 'alternate' | 'builtin';
  'arg-type'?: string;
  'ret-type'?: string;
  'element-type'?: string;
  /** names and types of an object, types of an alternate, or values of an enum (newer QEMU) */
  members?: { name?: string; type?: string; features?: string[] }[];
  /** values of an enum (all versions) */
  values?: string[];
  variants?: { case: string; type: string }[];
  features?: string[];
}

/**
 * query-qmp-schema, asked by path. The first step names a command or event; those after it are
 *
 *     arg, ret     the type of its arguments, of its reply (first step after the name only)
 *     name         a member of an object
 *     +name        the branch of a union
 *     =name        a value of an enumeration; ends a path
 *     #name        a feature of the entry or member reached so far; ends a path
 *
 * Lists are stepped through without a word, alternates by any of their types: `blockdev-add/arg/+file/aio/=io_uring`.
 */
export class QmpSchema {
  readonly #entries: ReadonlyMap<string, SchemaEntry>;

  constructor(reply: unknown) {
    this.#entries = new Map((reply as SchemaEntry[]).map((entry) => [entry.name, entry]));
  }

  has(path: string): boolean {
    const [name = '', ...steps] = path.split('/');
    const entry = this.#entries.get(name);
    if (entry === undefined) return false;
    const [first, ...rest] = steps;
    if (first === 'arg') return this.#walk(entry['arg-type'], [], rest);
    if (first === 'ret') return this.#walk(entry['ret-type'], [], rest);
    return first === undefined || (first.startsWith('#') && entry.features?.includes(first.slice(1)) === true);
  }

  #walk(type: string | undefined, memberFeatures: readonly string[], steps: readonly string[]): boolean {
    const entry = type === undefined ? undefined : this.#entries.get(type);
    if (entry === undefined) return false;
    const [step, ...rest] = steps;
    if (step === undefined) return true;
    if (step.startsWith('#')) {
      const feature = step.slice(1);
      return memberFeatures.includes(feature) || entry.features?.includes(feature) === true;
    }
    switch (entry['meta-type']) {
      case 'array':
        return this.#walk(entry['element-type'], memberFeatures, steps);
      case 'alternate':
        return entry.members?.some((member) => this.#walk(member.type, memberFeatures, steps)) === true;
      case 'enum': {
        const value = step.slice(1);
        return (
          step.startsWith('=') &&
          (entry.values ?? entry.members?.map((member) => member.name))?.includes(value) === true
        );
      }
      case 'object': {
        if (step.startsWith('+')) {
          const branch = entry.variants?.find((variant) => variant.case === step.slice(1));
          return branch !== undefined && this.#walk(branch.type, [], rest);
        }
        const member = entry.members?.find((candidate) => candidate.name === step);
        return member !== undefined && this.#walk(member.type, member.features ?? [], rest);
      }
      default:
        return false;
    }
  }
}
