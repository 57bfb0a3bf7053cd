import { operationUnsupported } from '../errors.js';

type Backend = { readonly type: string; readonly data: Record<string, unknown> };

/** Words of an option; a doubled comma is one that is part of a word. */
function wordsOf(text: string): string[] {
  return text
    .replaceAll(',,', '\0')
    .split(',')
    .map((word) => word.replaceAll('\0', ','));
}

/** A `-chardev` as chardev-add wants it, which has its own form for the same things. */
export function chardevBackend(text: string): { readonly id: string; readonly backend: Backend } {
  const [type = '', ...rest] = wordsOf(text);
  const given = new Map(
    rest.map((word) => {
      const at = word.indexOf('=');
      return at < 0 ? [word, 'on'] : [word.slice(0, at), word.slice(at + 1)];
    }),
  );
  const id = given.get('id') ?? '';
  const log = given.get('logfile');
  const common =
    log === undefined
      ? {}
      : { logfile: log, ...(given.has('logappend') && { logappend: given.get('logappend') === 'on' }) };
  return { id, backend: { type, data: { ...common, ...dataOf(type, given) } } };
}

function dataOf(type: string, given: ReadonlyMap<string, string>): Record<string, unknown> {
  const on = (name: string) => given.get(name) === 'on';
  switch (type) {
    case 'null':
    case 'pty':
      return {};
    case 'file':
      return { out: given.get('path'), ...(given.has('append') && { append: on('append') }) };
    case 'pipe':
    case 'serial':
    case 'parallel':
      return { device: given.get('path') };
    case 'spicevmc':
      return { type: given.get('name') };
    case 'spiceport':
      return { fqdn: given.get('name') };
    case 'udp':
      return {
        remote: inet(given.get('host') ?? '', given.get('port') ?? ''),
        ...(given.get('localaddr') || given.get('localport') !== '0'
          ? { local: inet(given.get('localaddr') ?? '', given.get('localport') ?? '0') }
          : {}),
      };
    case 'socket': {
      const path = given.get('path');
      return {
        addr:
          path === undefined
            ? inet(given.get('host') ?? '', given.get('port') ?? '')
            : { type: 'unix', data: { path } },
        server: on('server'),
        ...(on('server') && { wait: on('wait') }),
        ...(given.has('telnet') && { telnet: on('telnet') }),
        ...(given.has('reconnect') && { reconnect: Number(given.get('reconnect')) }),
      };
    }
    default:
      throw operationUnsupported(`character devices of type '${type}' cannot be attached to a running guest`);
  }
}

const inet = (host: string, port: string) => ({ type: 'inet', data: { host, port } });
