import type { Domain } from '@virtkit/core';
import { ConnectListAllDomainsFlags as List, DomainMetadataType, ErrorCode, LibvirtError } from '@virtkit/core/util';
import { commands } from '../command.js';
import { lines, listed } from '../output/output.js';
import { UsageError } from '../output/usage-error.js';
import { stateName } from '../state-names.js';

const domain = commands('Domains');

interface Row {
  readonly domain: Domain;
  readonly state: number;
  readonly title: string;
  readonly managedSave: boolean;
}

/** Filters that keep the default of listing only active domains. */
const NARROW = List.ACTIVE | List.INACTIVE;

export const DOMAIN_LIST = [
  domain(
    'list',
    'List domains: those that are active, without options',
    {
      options: {
        '--inactive': 'list inactive domains',
        '--all': 'list inactive and active domains',
        '--transient': [List.TRANSIENT, 'only transient domains'],
        '--persistent': [List.PERSISTENT, 'only persistent domains'],
        '--with-snapshot': [List.HAS_SNAPSHOT, 'only domains with snapshots'],
        '--without-snapshot': [List.NO_SNAPSHOT, 'only domains without snapshots'],
        '--with-checkpoint': [List.HAS_CHECKPOINT, 'only domains with checkpoints'],
        '--without-checkpoint': [List.NO_CHECKPOINT, 'only domains without checkpoints'],
        '--state-running': [List.RUNNING, 'only running domains'],
        '--state-paused': [List.PAUSED, 'only paused domains'],
        '--state-shutoff': [List.SHUTOFF, 'only domains that are shut off'],
        '--state-other': [List.OTHER, 'only domains in other states'],
        '--autostart': [List.AUTOSTART, 'only domains with autostart'],
        '--no-autostart': [List.NO_AUTOSTART, 'only domains without autostart'],
        '--with-managed-save': [List.MANAGEDSAVE, 'only domains with a managed save image'],
        '--without-managed-save': [List.NO_MANAGEDSAVE, 'only domains without a managed save image'],
        '--uuid': 'print UUIDs',
        '--name': 'print names',
        '--id': 'print ids',
        '--table': 'print a table (the default)',
        '--managed-save': 'mark domains with a managed save image',
        '--title': 'show titles',
      },
    },
    async (call) => {
      const connect = await call.connect();
      const active = call.has('inactive') ? List.INACTIVE : call.has('all') ? NARROW : List.ACTIVE;
      const byState = call.has('state-shutoff') ? List.INACTIVE : 0;
      const domains = [...(await call.attempt('list domains', connect.listAllDomains(active | byState | call.flags)))];
      domains.sort(byIdThenName);
      const narrow = ['uuid', 'name', 'id'].filter((name) => call.has(name));
      if (narrow.length > 1 && call.has('id') === false && !call.has('table'))
        return lines(domains.map(({ uuid, name }) => `${uuid.padEnd(37)}${name}`));
      if (narrow.length === 1 && !call.has('table')) {
        if (call.has('title')) throw new UsageError(`--title needs the table: leave out --${narrow[0]}`);
        return lines(
          domains.map(({ id, uuid, name }) => (call.has('uuid') ? uuid : call.has('name') ? name : id < 0 ? '-' : id)),
        );
      }
      const rows = await Promise.all(
        domains
          .map(async (one): Promise<Row> => {
            const { state } = await one.getState();
            const title = call.has('title') ? await titleOf(one) : '';
            const managedSave = call.has('managed-save') && state === 5 ? await one.hasManagedSaveImage() : false;
            return { domain: one, state, title, managedSave };
          })
          .map((row) => row.catch(goneMeanwhile)),
      );
      return listed(
        rows.filter((row) => row !== undefined),
        [
          { title: 'Id', key: 'id', value: (row) => (row.domain.id < 0 ? null : row.domain.id) },
          { title: 'Name', key: 'name', value: (row) => row.domain.name },
          { title: 'UUID', key: 'uuid', value: (row) => row.domain.uuid, hidden: true },
          {
            title: 'State',
            key: 'state',
            value: (row) => stateName(row.state),
            text: (row) => (row.managedSave ? 'saved' : stateName(row.state)),
          },
          ...(call.has('title') ? [{ title: 'Title', key: 'title', value: (row: Row) => row.title }] : []),
        ],
      );
    },
  ),
];

/** As virsh: active ones by id, then inactive ones by name. */
function byIdThenName(a: Domain, b: Domain): number {
  if (a.id >= 0 && b.id >= 0) return a.id - b.id;
  if (a.id >= 0 || b.id >= 0) return a.id >= 0 ? -1 : 1;
  return a.name < b.name ? -1 : 1;
}

async function titleOf(domain: Domain): Promise<string> {
  try {
    return await domain.getMetadata(DomainMetadataType.TITLE, null, 0);
  } catch (error) {
    if (LibvirtError.is(error) && error.code === ErrorCode.NO_DOMAIN_METADATA) return '';
    throw error;
  }
}

/** A domain may end between the list and the question for its state. */
function goneMeanwhile(error: unknown): undefined {
  if (LibvirtError.is(error) && error.code === ErrorCode.NO_DOMAIN) return undefined;
  throw error;
}
