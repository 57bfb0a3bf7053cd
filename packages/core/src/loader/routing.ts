import type { ConnectionUri, DriverTable, StateScope } from '../driver/index.js';
import type { DriverManifest } from './manifest.js';

const SECONDARY_SCHEMES: Readonly<Record<Exclude<DriverTable, 'hypervisor'>, string>> = {
  network: 'network',
  storage: 'storage',
  interface: 'interface',
  nodeDevice: 'nodedev',
  nwfilter: 'nwfilter',
  secret: 'secret',
};

/** The part of a URI that names a scope. */
export const pathOfScope = (scope: StateScope): string =>
  typeof scope === 'string' ? `/${scope}` : `/embed?root=${encodeURIComponent(scope.root)}`;

/** Whether a driver is asked for a URI. */
export function takes(manifest: DriverManifest, uri: ConnectionUri): boolean {
  const remote = uri.host !== '' || uri.transport !== undefined;
  if (manifest.uriSchemes.includes('*')) return !manifest.remoteOnly || remote;
  if (!manifest.uriSchemes.includes(uri.scheme)) return false;
  return remote ? !manifest.localOnly : !manifest.remoteOnly;
}

/** Where a hypervisor's connection finds a table that its driver lacks: at the host's own driver for that, in the same scope. */
export function secondaryUri(table: Exclude<DriverTable, 'hypervisor'>, { path, params }: ConnectionUri): string {
  const scope: StateScope =
    path === '/session' ? 'session' : path === '/embed' ? { root: params.get('root') ?? '' } : 'system';
  return `${SECONDARY_SCHEMES[table]}://${pathOfScope(scope)}`;
}
