import { type NwfilterMatch, ruleNumber } from '@virtkit/core/conf';

/** Arguments of a firewall program for a rule's values, of which variables have been replaced. */
export class RuleValues {
  readonly args: string[] = [];

  constructor(
    readonly match: NwfilterMatch,
    private readonly values: Readonly<Record<string, string>>,
  ) {}

  has(name: string): boolean {
    return this.values[name] !== undefined;
  }

  text(name: string): string {
    return this.values[name] ?? '';
  }

  /** A number in decimal, whatever the definition says: names and hexadecimal as well. */
  number(name: string): string {
    return String(this.#number(name) ?? this.text(name));
  }

  hex(name: string): string {
    const number = this.#number(name);
    return number === undefined ? this.text(name) : `0x${number.toString(16)}`;
  }

  #number(name: string): number | undefined {
    return ruleNumber(this.match.protocol, name, this.text(name));
  }

  /** An option with a value, and the sign before it where the rule matches what is different of attribute `name`. */
  option(name: string, option: string, value: string): void {
    this.args.push(option, ...this.#sign(name), value);
  }

  /** As iptables wants it: the sign before the option. */
  signed(name: string, option: string, ...values: readonly string[]): void {
    this.args.push(...this.#sign(name), option, ...values);
  }

  #sign(name: string): string[] {
    return this.match.negated?.includes(name) === true ? ['!'] : [];
  }

  /** FIRST, or FIRST SEPARATOR SECOND where that is given. */
  pair(first: string, second: string, separator: string): string {
    return this.has(second) ? `${this.text(first)}${separator}${this.text(second)}` : this.text(first);
  }

  range(start: string, end: string): string {
    return this.has(end) ? `${this.number(start)}:${this.number(end)}` : this.number(start);
  }
}
