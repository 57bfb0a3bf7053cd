import { ErrorCode, ErrorDomain, LibvirtError } from '@virtkit/core/util';

/** `key = value` of a container's configuration file. */
export interface ConfEntry {
  readonly key: string;
  readonly value: string;
}

const ASSIGNMENT = /^(\w[\w.]*)[ \t]*(=?)[ \t]*(.*)$/;

/** The assignments of an lxc.conf(5), in the order of the file; keys may be given many times. */
export class LxcConf {
  readonly entries: readonly ConfEntry[];

  /** virConfReadString with VIR_CONF_FLAG_LXC_FORMAT. Raises CONF_SYNTAX, naming the line. */
  constructor(text: string) {
    this.entries = text.split(/\r\n|\n|\r/).flatMap((line, index) => readLine(line, index + 1));
  }

  /** The first value of the first of these keys that is there: names change between LXC's versions, the newer goes first. */
  first(...keys: readonly string[]): string | undefined {
    for (const key of keys) {
      const found = this.entries.find((entry) => entry.key === key);
      if (found !== undefined) return found.value;
    }
    return undefined;
  }

  /** All values of these keys, in the order of the file. */
  all(...keys: readonly string[]): string[] {
    return this.entries.filter(({ key }) => keys.includes(key)).map(({ value }) => value);
  }
}

function readLine(line: string, number: number): ConfEntry[] {
  const text = line.replace(/^[ \t]+/, '');
  if (text === '' || text.startsWith('#')) return [];
  const [, key, assigned, value = ''] = ASSIGNMENT.exec(text) ?? [];
  if (key === undefined || !/^[A-Za-z]/.test(key)) throw syntaxError(number, 'expecting a name');
  if (assigned !== '=') throw syntaxError(number, 'expecting an assignment');
  return [{ key, value: unquoted(value, number) }];
}

/** A value in quotes ends with them; any other ends with its line, blanks and all. */
function unquoted(value: string, line: number): string {
  const quote = value[0];
  if (quote !== '"' && quote !== "'") return value;
  const end = value.indexOf(quote, 1);
  if (end < 0) throw syntaxError(line, 'unterminated string');
  if (/[^ \t]/.test(value.slice(end + 1).replace(/#.*/, ''))) throw syntaxError(line, 'expecting a separator');
  return value.slice(1, end);
}

function syntaxError(line: number, what: string): LibvirtError {
  return new LibvirtError(ErrorCode.CONF_SYNTAX, ErrorDomain.CONF, `memory conf:${line}: ${what}`);
}
