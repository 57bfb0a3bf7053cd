import { DomainXMLFlags, ErrorCode, LibvirtError } from '@virtkit/core/util';
import { commands } from '../command.js';
import { consoleTty, graphicsOf } from '../domain-xml.js';
import { lines } from '../output/output.js';

const domain = commands('Domains');

export const DOMAIN_DISPLAY = [
  domain('ttyconsole', "Print the device of a domain's console", { args: '<domain>' }, async (call) => {
    const tty = consoleTty(await (await call.domain()).getXMLDesc(0));
    if (tty === undefined)
      throw new LibvirtError(ErrorCode.OPERATION_FAILED, 0, 'the domain has no console on a device of the host');
    return lines([tty]);
  }),
  domain(
    'domdisplay',
    "Print the URI of a domain's graphical display",
    {
      args: '<domain>',
      options: {
        '--include-password': 'with its password',
        '--type <type>': 'only vnc, spice or rdp',
        '--all': 'all of them',
      },
    },
    async (call) => {
      const one = await call.domain();
      const xml = await one.getXMLDesc(call.has('include-password') ? DomainXMLFlags.SECURE : 0);
      const type = call.option('type');
      const uris = graphicsOf(xml)
        .filter((graphics) => type === undefined || graphics.type === type)
        .flatMap(({ type: scheme, host, port, tlsPort, socket, password }) => {
          if (socket !== undefined) return [`${scheme}+unix://${socket}`];
          if (port === undefined && tlsPort === undefined) return [];
          const at =
            host === undefined || host === '0.0.0.0' || host === '::'
              ? 'localhost'
              : host.includes(':')
                ? `[${host}]`
                : host;
          const secret = password === undefined ? '' : `:${password}@`;
          if (scheme === 'vnc') return [`vnc://${secret}${at}:${port! - 5900}`];
          return [
            `${scheme}://${secret}${at}${port === undefined ? '' : `:${port}`}${tlsPort === undefined ? '' : `?tls-port=${tlsPort}`}`,
          ];
        });
      if (uris.length === 0)
        throw new LibvirtError(
          ErrorCode.OPERATION_FAILED,
          0,
          `domain '${one.name}' has no graphical display that can be reached`,
        );
      return lines(call.has('all') ? uris : uris.slice(0, 1));
    },
  ),
  domain('vncdisplay', "Print where a domain's VNC display listens", { args: '<domain>' }, async (call) => {
    const one = await call.domain();
    const vnc = graphicsOf(await one.getXMLDesc(0)).find(({ type, port }) => type === 'vnc' && port !== undefined);
    if (vnc === undefined)
      throw new LibvirtError(ErrorCode.OPERATION_FAILED, 0, `domain '${one.name}' has no VNC display on a port`);
    return lines([`${vnc.host === undefined || vnc.host === '0.0.0.0' ? '' : vnc.host}:${vnc.port! - 5900}`]);
  }),
];
