import { escapeXml, type Field, custom, indentOf } from '../xml/index.js';
import { networkError } from './problems.js';

/** Lines handed to dnsmasq's configuration as they are. */
export interface DnsmasqOptions {
  option: string[];
}

/** The namespace of `<dnsmasq:options>`. */
export const DNSMASQ_NAMESPACE = 'http://libvirt.org/schemas/network/dnsmasq/1.0';

/** `<dnsmasq:options>`, last in `<network>`. */
export const dnsmasqOptions: Field<DnsmasqOptions, true> = custom<DnsmasqOptions>({
  reason: 'an element of another namespace, which the root declares',
  covers: { elements: ['options'] },
  decode(node) {
    const options = node.children
      .filter((child) => child.ns === DNSMASQ_NAMESPACE && child.name === 'options')
      .flatMap((child) => child.children)
      .filter((child) => child.ns === DNSMASQ_NAMESPACE && child.name === 'option');
    if (options.length === 0) return undefined;
    return {
      option: options.map((option) => {
        if (option.attrs.value === undefined) throw networkError('No dnsmasq options value specified');
        return option.attrs.value;
      }),
    };
  },
  attrs: () => ` xmlns:dnsmasq='${DNSMASQ_NAMESPACE}'`,
  body(value, depth) {
    const lines = value.option.map((text) => `${indentOf(depth + 1)}<dnsmasq:option value='${escapeXml(text)}'/>\n`);
    return `${indentOf(depth)}<dnsmasq:options>\n${lines.join('')}${indentOf(depth)}</dnsmasq:options>\n`;
  },
});
