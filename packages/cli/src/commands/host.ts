import { ErrorCode, LibvirtError } from '@virtkit/core/util';
import { commands } from '../command.js';
import { lines, plain, said } from '../output/output.js';
import { VERSION } from '../version.js';
import { EMULATOR, emulator } from './emulator-options.js';

const host = commands('Host and hypervisor');

/** 9000000 is 9.0.0 */
function versionText(version: bigint): string {
  return `${version / 1_000_000n}.${(version / 1000n) % 1000n}.${version % 1000n}`;
}

export const HOST = [
  host('capabilities', "Print the host's capabilities", {}, async (call) =>
    plain(await (await call.connect()).getCapabilities(), 'xml'),
  ),
  host('domcapabilities', 'Print what domains can have', { options: EMULATOR }, async (call) =>
    plain(await (await call.connect()).getDomainCapabilities(...emulator(call)), 'xml'),
  ),
  host('hostname', "Print the hypervisor's host name", {}, async (call) =>
    lines([await (await call.connect()).getHostname()]),
  ),
  host('uri', 'Print the connection URI', {}, async (call) => lines([(await call.connect()).getURI()])),
  host('sysinfo', "Print the hypervisor's system information", {}, async (call) =>
    plain(await (await call.connect()).getSysinfo(), 'xml'),
  ),
  host(
    'version',
    'Show versions of this program, the API and the hypervisor',
    { options: { '--daemon': 'and of the daemon' } },
    async (call) => {
      const connect = await call.connect();
      const type = await connect.getType();
      const api = versionText(await connect.getLibVersion());
      const version = await connect.getVersion().catch(() => undefined);
      const hypervisor = version === undefined ? null : versionText(version);
      return {
        json: { virtkit: VERSION, api: { type, version: api }, hypervisor: { type, version: hypervisor } },
        text: () =>
          `Using library: virtkit ${VERSION}\nUsing API: ${type} ${api}\n${hypervisor === null ? `Cannot extract running ${type} hypervisor version` : `Running hypervisor: ${type} ${hypervisor}`}\n${call.has('daemon') ? `Running against daemon: ${api}\n` : ''}`,
      };
    },
  ),
  host('maxvcpus', 'Show how many virtual processors a domain can have', { args: '[type]' }, async (call) =>
    lines([await (await call.connect()).getMaxVcpus(call.optionalArg('type') ?? null)]),
  ),
  host(
    'domxml-from-native',
    "Translate a hypervisor's own configuration to XML",
    { args: '<format> <file>' },
    async (call) =>
      plain(await (await call.connect()).domainXMLFromNative(call.arg('format'), await call.textArg('file')), 'xml'),
  ),
  host(
    'domxml-to-native',
    "Translate XML to a hypervisor's own configuration",
    { args: '<format> [file]', options: { '--domain <domain>': 'a domain in place of a file' } },
    async (call) => {
      const domain = call.option('domain');
      const xml =
        domain === undefined ? await call.textArg('file') : await (await call.domainNamed(domain)).getXMLDesc(3);
      return plain(await (await call.connect()).domainXMLToNative(call.arg('format'), xml), 'config');
    },
  ),
  host('connect', 'Try to connect, and say to what', { args: '[uri]' }, async (call) => {
    const connect = await call.session.reconnect(
      call.optionalArg('uri') ?? call.session.uri,
      call.session.options.readOnly === true,
    );
    if (!(await connect.isAlive().catch(() => true))) throw new LibvirtError(ErrorCode.NO_CONNECT, 0, connect.getURI());
    return said(`Connected to ${connect.getURI()} (${await connect.getType()})`, {
      uri: connect.getURI(),
      type: await connect.getType(),
    });
  }),
];
