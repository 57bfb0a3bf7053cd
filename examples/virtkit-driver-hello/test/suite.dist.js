import { Host } from '@virtkit/core';
import { hypervisorSuite } from '@virtkit/testkit';

// Out of the package's own folder, as users do: by name, from node_modules.
const root = new URL('.', import.meta.url).pathname;

hypervisorSuite({
  name: 'virtkit-driver-hello',
  async setup() {
    const host = await Host.create({ root, config: { drivers: [{ package: 'virtkit-driver-hello' }] } });
    return {
      connect: await host.open('hello:///default'),
      open: ({ readOnly = false } = {}) => host.open('hello:///default', { readOnly }),
      async dispose() {
        const connect = await host.open('hello:///default');
        for (const domain of await connect.listAllDomains(1)) await domain.destroy();
        await host.close();
      },
    };
  },
  domainXml: (name, uuid, more = '') => `<domain type='hello'>
    <name>${name}</name>${uuid === undefined ? '' : `<uuid>${uuid}</uuid>`}${more}
    <memory unit='KiB'>16384</memory>
    <vcpu>1</vcpu>
    <os>
      <type>exe</type>
      <init>/bin/sh</init>
      <initarg>-c</initarg>
      <initarg>echo hello from a process; while read line; do [ "$line" = off ] &amp;&amp; exit; echo "you said $line"; done</initarg>
    </os>
  </domain>`,
  console: { banner: /hello from a process/, type: 'hi\n', echo: /you said hi/, powerOff: 'off\n' },
});
