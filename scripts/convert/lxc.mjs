// Containers' configuration files of LXC itself as domain XML.
import { lxcXmlOption } from '../../packages/driver-lxc/dist/xml/index.js';
import { domainXmlFromLxcConf } from '../../packages/driver-lxc/dist/native/index.js';

export const converters = {
  lxcconf2xml: ({ input, params }) => ({
    xml: domainXmlFromLxcConf(input, lxcXmlOption({ hostArch: 'x86_64', emulator: params.emulator, fillArch: false })),
  }),
};
