import type { DocumentName } from '@virtkit/core/conf';
import type { Call } from '../call.js';
import { commands, type CommandSpec, type OptionTable } from '../command.js';
import { document } from '../output/document.js';
import { lines, said } from '../output/output.js';

/** What commands say of a kind of object. */
export interface Kind<T> {
  readonly group: string;
  /** `net`, `pool`, … */
  readonly prefix: string;
  /** `network`, `pool`, …: the argument. */
  readonly arg: string;
  /** `Network`, `Pool`: starts sentences. */
  readonly title: string;
  /** Which documents describe it. */
  readonly document: DocumentName;
  get(call: Call): Promise<T>;
  nameOf(object: T): string;
}

/** A command that does one thing to one object and says so. */
export function act<T>(
  kind: Kind<T>,
  verb: string,
  summary: string,
  did: string,
  work: (object: T, call: Call) => Promise<unknown>,
  options: OptionTable = {},
): CommandSpec {
  return commands(kind.group)(`${kind.prefix}-${verb}`, summary, { args: `<${kind.arg}>`, options }, async (call) => {
    const object = await kind.get(call);
    const name = kind.nameOf(object);
    await call.attempt(`${verb} ${kind.title.toLowerCase()} '${name}'`, work(object, call));
    return said(`${kind.title} ${name} ${did}`.trim(), { [kind.arg]: name });
  });
}

/** A command that makes an object from an XML file. */
export function make<T>(
  kind: Kind<T>,
  verb: string,
  summary: string,
  did: string,
  work: (xml: string, call: Call) => Promise<T>,
  options: OptionTable = {},
): CommandSpec {
  return commands(kind.group)(`${kind.prefix}-${verb}`, summary, { args: '<file>', options }, async (call) => {
    const xml = await call.document(kind.document);
    const file = call.arg('file');
    const object = await call.attempt(`${verb} ${kind.title.toLowerCase()} from ${file}`, work(xml, call));
    return said(`${kind.title} ${kind.nameOf(object)} ${did} from ${file}`, { [kind.arg]: kind.nameOf(object) });
  });
}

/** `…-dumpxml` */
export function dump<T>(
  kind: Kind<T>,
  xmlOf: (object: T, call: Call) => Promise<string>,
  options: OptionTable = {},
): CommandSpec {
  return commands(kind.group)(
    `${kind.prefix}-dumpxml`,
    `Print the XML of a ${kind.title.toLowerCase()}`,
    { args: `<${kind.arg}>`, options },
    async (call) => document(kind.document, await xmlOf(await kind.get(call), call)),
  );
}

/** A command that prints one fact of an object. */
export function fact<T>(
  kind: Kind<T>,
  name: string,
  summary: string,
  value: (object: T) => string | Promise<string>,
): CommandSpec {
  return commands(kind.group)(`${kind.prefix}-${name}`, summary, { args: `<${kind.arg}>` }, async (call) =>
    lines([await value(await kind.get(call))]),
  );
}

/** `…-autostart` */
export function autostart<T extends { setAutostart(on: boolean): Promise<void> }>(kind: Kind<T>): CommandSpec {
  return commands(kind.group)(
    `${kind.prefix}-autostart`,
    `Start a ${kind.title.toLowerCase()} with its host, or no more`,
    { args: `<${kind.arg}>`, options: { '--disable': 'do not start it any more' } },
    async (call) => {
      const object = await kind.get(call);
      const on = !call.has('disable');
      const name = kind.nameOf(object);
      await call.attempt(`${on ? '' : 'un'}mark ${kind.arg} ${name} as autostarted`, object.setAutostart(on));
      return said(`${kind.title} ${name} ${on ? '' : 'un'}marked as autostarted`, { [kind.arg]: name, autostart: on });
    },
  );
}

/** Filters of lists: without any, active objects alone. */
export function activity(call: Call, flags: { readonly ACTIVE: number; readonly INACTIVE: number }): number {
  if (call.has('all')) return (flags.ACTIVE | flags.INACTIVE) >>> 0;
  return call.has('inactive') ? flags.INACTIVE : flags.ACTIVE;
}
