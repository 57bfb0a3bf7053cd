import type { Domain } from '@virtkit/core';
import { childOf, completePlanned, type DomainDef, type PlannedChange, planDomain, readXml } from '@virtkit/core/conf';
import { DomainXMLFlags, ErrorCode, LibvirtError } from '@virtkit/core/util';
import type { Call } from '../call.js';
import { commands } from '../command.js';
import { jsonValue, type Output } from '../output/output.js';

const domain = commands('Domains');

/** Exit code of a plan that has something to do, as other tools that plan have it. */
const CHANGES = 2;

export const PLAN = [
  domain(
    'plan',
    'Show what defining a file would change on its domain, and when: exit code 0 for nothing, 2 for changes',
    { args: '<file>' },
    async (call) => {
      const xml = await call.document('domain');
      const one = await found(call, xml);
      const file = call.arg('file');
      if (one === undefined) {
        const { name, uuid } = completePlanned(xml);
        const given = childOf(readXml(xml), 'uuid') !== undefined;
        return {
          json: { action: 'create', domain: name, ...(given && { uuid }), changes: [] },
          text: () => `Domain '${name}' would be created: virtkit define ${file}\n`,
          status: CHANGES,
        };
      }
      const running = await one.isActive();
      const secure = call.session.options.readOnly === true ? 0 : DomainXMLFlags.SECURE;
      const read = async (flags: number): Promise<DomainDef> =>
        completePlanned(await call.attempt(`get XML of domain '${one.name}'`, one.getXMLDesc(flags | secure)));
      const from = await read(DomainXMLFlags.INACTIVE);
      const to = completePlanned(xml, from);
      const changes = planDomain(from, to, running ? { live: await read(0) } : { running });
      return shown(one, file, running, changes);
    },
  ),
];

/** The domain that the document is about: by its UUID, else by its name. */
async function found(call: Call, xml: string): Promise<Domain | undefined> {
  const root = readXml(xml);
  const [uuid, name] = ['uuid', 'name'].map((key) => childOf(root, key)?.text ?? '');
  const connect = await call.connect();
  for (const lookup of [
    async () => (uuid ? await connect.domainLookupByUUID(uuid) : undefined),
    async () => (name ? await connect.domainLookupByName(name) : undefined),
  ])
    try {
      const one = await lookup();
      if (one !== undefined) return one;
    } catch (error) {
      if (!LibvirtError.is(error) || error.code !== ErrorCode.NO_DOMAIN) throw error;
    }
  return undefined;
}

function shown(one: Domain, file: string, running: boolean, changes: readonly PlannedChange[]): Output {
  const action = changes.length === 0 ? 'none' : changes.some(isIdentity) ? 'replace' : 'change';
  return {
    json: { action, domain: one.name, uuid: one.uuid, running, changes: changes.map(withValues) },
    text() {
      if (changes.length === 0) return `Domain '${one.name}' is as ${file} says: nothing to do\n`;
      const lines = changes.map(
        ({ path, before, after, when, how }) =>
          `  ${path}: ${valueText(before)} -> ${valueText(after)}\n      ${when}: ${howText(how, file)}\n`,
      );
      const count = (when: PlannedChange['when']): number => changes.filter((change) => change.when === when).length;
      const replaced = count('needs replacement');
      return (
        `Domain '${one.name}' (${running ? 'running' : 'shut off'}) would change:\n\n${lines.join('')}\n` +
        `${changes.length} changes: ${count('live')} live, ${count('next boot')} at the next boot, ` +
        `${replaced} need${replaced === 1 ? 's' : ''} a replacement\n`
      );
    },
    status: changes.length === 0 ? 0 : CHANGES,
  };
}

const isIdentity = ({ when }: PlannedChange): boolean => when === 'needs replacement';
const withValues = (change: PlannedChange): object => ({
  ...change,
  before: change.before ?? null,
  after: change.after ?? null,
});

/** A command, to be typed as it stands. */
const howText = (how: string, file: string): string => `virtkit ${how === 'define' ? `define ${file}` : how}`;

function valueText(value: unknown): string {
  if (value === undefined) return 'none';
  if (typeof value !== 'object') return String(value as string | number | bigint | boolean);
  return JSON.stringify(value, jsonValue);
}
