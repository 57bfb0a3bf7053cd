// A program of yours that manages guests of two hypervisors: virtkit's test driver, and a driver by somebody else.
import { readFile } from 'node:fs/promises';
import { Host } from '@virtkit/core';
import { DomainEventID } from '@virtkit/core/util';

// virtkit.config.json beside this file says which drivers; they are imported when their first URI is opened.
await using(await Host.create({ root: import.meta.dirname }), async (host) => {
  const pretend = await host.open('pretend'); // an alias of test:///default
  for (const domain of await pretend.listAllDomains()) console.log(`${pretend.getURI()}: ${domain.name}`);

  const hello = await host.open('hello:///default');
  const events = await hello.domainEvents([DomainEventID.LIFECYCLE], { signal: AbortSignal.timeout(10_000) });
  const domain = await hello.domainDefineXML(await readFile(new URL('guest.xml', import.meta.url), 'utf8'));
  await domain.create();
  const console_ = await domain.openConsole(null);
  console.log(
    `${hello.getURI()}: ${domain.name} says: ${Buffer.from(await console_.recv())
      .toString()
      .trim()}`,
  );
  console_.abort();
  await domain.destroy();
  await domain.undefine();

  const names = ['defined', 'undefined', 'started', 'suspended', 'resumed', 'stopped'];
  for await (const event of events) {
    console.log(`${hello.getURI()}: ${event.dom.name} ${names[event.event]}`);
    if (event.event === 1) break;
  }
});

/** Node 20 has no `await using` yet. */
async function using(resource, work) {
  try {
    return await work(resource);
  } finally {
    await resource.close();
  }
}
