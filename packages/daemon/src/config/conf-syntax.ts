import { ErrorCode, ErrorDomain, LibvirtError } from '@virtkit/core/util';

export type ConfValue = string | number | readonly string[];

/** One setting as it stands in the file. */
export interface ConfSetting {
  readonly key: string;
  readonly value: ConfValue;
  readonly line: number;
}

const TOKEN = /\s+|#[^\n]*|"([^"\n]*)"|'([^'\n]*)'|([A-Za-z_][A-Za-z0-9_]*)|(-?\d+)|([=[\],])/y;

/**
 * Reads libvirt's configuration syntax: `key = "text"`, `key = 5`, `key = [ "a", "b" ]`, and `#` to the end of a line.
 * Raises CONF_SYNTAX with file and line.
 */
export function parseConf(text: string, file: string): ConfSetting[] {
  const tokens = [...tokenize(text, file)];
  const settings: ConfSetting[] = [];
  let at = 0;
  const take = (wanted: (token: Token) => boolean, what: string): Token => {
    const token = tokens[at];
    if (token === undefined || !wanted(token)) throw syntax(file, token ?? tokens.at(-1), `${what} is expected`);
    at++;
    return token;
  };
  const sign = (text: string) => (token: Token) => token.kind === 'sign' && token.text === text;
  while (at < tokens.length) {
    const key = take((token) => token.kind === 'name', 'the name of a setting');
    take(sign('='), `'=' after ${key.text}`);
    const next = take(
      (token) => token.kind !== 'name' && token.text !== ']',
      `a value for ${key.text} (text needs quotes)`,
    );
    if (next.kind === 'number') settings.push({ key: key.text, value: Number(next.text), line: key.line });
    else if (next.kind === 'text') settings.push({ key: key.text, value: next.text, line: key.line });
    else {
      if (next.text !== '[') throw syntax(file, next, `a value for ${key.text} is expected`);
      const items: string[] = [];
      while (tokens[at] !== undefined && !sign(']')(tokens[at]!)) {
        items.push(take((token) => token.kind === 'text', 'text in quotes').text);
        if (tokens[at] !== undefined && sign(',')(tokens[at]!)) at++;
      }
      take(sign(']'), `']' at the end of ${key.text}`);
      settings.push({ key: key.text, value: items, line: key.line });
    }
  }
  return settings;
}

interface Token {
  readonly kind: 'text' | 'name' | 'number' | 'sign';
  readonly text: string;
  readonly line: number;
}

function* tokenize(text: string, file: string): Generator<Token> {
  let line = 1;
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    if (match === null)
      throw syntax(file, { kind: 'sign', text: text[at]!, line }, `'${text[at]}' is not expected here`);
    const [all, double, single, name, number, sign] = match;
    if (double !== undefined || single !== undefined) yield { kind: 'text', text: double ?? single ?? '', line };
    else if (name !== undefined) yield { kind: 'name', text: name, line };
    else if (number !== undefined) yield { kind: 'number', text: number, line };
    else if (sign !== undefined) yield { kind: 'sign', text: sign, line };
    line += all.split('\n').length - 1;
  }
}

function syntax(file: string, token: Token | undefined, what: string): LibvirtError {
  return new LibvirtError(ErrorCode.CONF_SYNTAX, ErrorDomain.CONF, `${file}:${token?.line ?? 1}: ${what}`);
}
