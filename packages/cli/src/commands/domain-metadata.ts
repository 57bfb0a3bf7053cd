import { DomainMetadataType, DomainModificationImpact, ErrorCode, LibvirtError } from '@virtkit/core/util';
import { commands } from '../command.js';
import { plain, said } from '../output/output.js';

const domain = commands('Domains');

export const DOMAIN_METADATA = [
  domain(
    'desc',
    'Show or set the description or title of a domain',
    {
      args: '<domain> [new-desc...]',
      options: {
        '--live': [DomainModificationImpact.LIVE, 'the running guest'],
        '--config': [DomainModificationImpact.CONFIG, 'its next start'],
        '--current': 'what it is now',
        '--title': 'the title',
      },
    },
    async (call) => {
      const one = await call.domain();
      const what = call.has('title') ? 'title' : 'description';
      const type = call.has('title') ? DomainMetadataType.TITLE : DomainMetadataType.DESCRIPTION;
      const given = call.rest('new-desc');
      if (given.length > 0) {
        const text = given.join(' ');
        await call.attempt(
          `set new domain ${what}`,
          one.setMetadata(type, text === '' ? null : text, null, null, call.flags),
        );
        return said(`Domain ${what} updated successfully`, { domain: one.name, [what]: text });
      }
      const text = await one.getMetadata(type, null, call.flags).catch((error: unknown) => {
        if (LibvirtError.is(error) && error.code === ErrorCode.NO_DOMAIN_METADATA) return null;
        throw error;
      });
      return { json: { [what]: text }, text: () => text ?? `No ${what} for domain: ${one.name}` };
    },
  ),
  domain(
    'metadata',
    "Show, set or remove an element of a domain's metadata",
    {
      args: '<domain> <uri>',
      options: {
        '--live': [DomainModificationImpact.LIVE, 'the running guest'],
        '--config': [DomainModificationImpact.CONFIG, 'its next start'],
        '--current': 'what it is now',
        '--key <key>': 'namespace prefix for --set',
        '--set <xml>': 'element to set',
        '--remove': 'remove the element',
      },
    },
    async (call) => {
      const one = await call.domain();
      const uri = call.arg('uri');
      if (call.has('remove')) {
        await one.setMetadata(DomainMetadataType.ELEMENT, null, null, uri, call.flags);
        return said('Metadata removed', { domain: one.name, uri });
      }
      if (call.has('set')) {
        await one.setMetadata(
          DomainMetadataType.ELEMENT,
          call.requiredOption('set'),
          call.requiredOption('key'),
          uri,
          call.flags,
        );
        return said('Metadata modified', { domain: one.name, uri });
      }
      return plain(`${await one.getMetadata(DomainMetadataType.ELEMENT, uri, call.flags)}\n`, 'xml');
    },
  ),
];
