import type { Domain, Stream } from '@virtkit/core';
import { DomainConsoleFlags, DomainCreateFlags, DomainState } from '@virtkit/core/util';
import { expect } from 'vitest';
import { expectError } from '../expect-error.js';
import type { HypervisorContext } from '../hypervisor-suite.js';
import type { Case } from '../suite.js';
import { waitUntil } from '../wait.js';

const speaks = ({ options }: HypervisorContext): string | undefined =>
  options.console === undefined ? 'the suite was not told what its guest says' : undefined;
const NEEDS = ['domainDefineXML', 'domainCreate', 'domainOpenConsole'] as const;
const SPEAKING = [...NEEDS, 'domainCreateWithFlags', 'domainResume'] as const;

/** A running guest and its console, opened before the guest could say anything: what nobody hears may be lost. */
async function listen({ define }: HypervisorContext): Promise<{ domain: Domain; stream: Stream }> {
  const domain = await define('one');
  await domain.createWithFlags(DomainCreateFlags.START_PAUSED);
  const stream = await domain.openConsole(null);
  await domain.resume();
  return { domain, stream };
}

/** Reads until the console ends; what has come is in `text`. */
function follow(stream: Stream): { readonly text: () => string; readonly ended: Promise<void> } {
  let text = '';
  const ended = (async () => {
    for (let data = await stream.recv(); data !== null; data = await stream.recv())
      text += Buffer.from(data).toString('latin1');
  })().catch(() => undefined);
  return { text: () => text, ended };
}

export const CONSOLE_CASES: readonly Case<HypervisorContext>[] = [
  {
    name: 'is refused for a domain that does not run',
    needs: NEEDS,
    async run({ define }) {
      await expectError((await define('one')).openConsole(null), 'OPERATION_INVALID');
    },
  },
  {
    name: 'shows the banner and echoes what is typed',
    needs: SPEAKING,
    skip: speaks,
    async run(context) {
      const { banner, type, echo } = context.options.console!;
      const { stream } = await listen(context);
      const { text } = follow(stream);
      await waitUntil('the banner', () => banner.test(text()));
      await stream.send(Buffer.from(type));
      await waitUntil('the echo', () => echo.test(text()));
      stream.abort();
    },
  },
  {
    name: 'is given to one client, and to another by force',
    needs: NEEDS,
    skip: speaks,
    async run({ start }) {
      const domain = await start('one');
      const first = await domain.openConsole(null);
      const { ended } = follow(first);
      await expectError(domain.openConsole(null), 'OPERATION_FAILED');
      const second = await domain.openConsole(null, DomainConsoleFlags.FORCE);
      await ended;
      second.abort();
    },
  },
  {
    name: 'ends when its guest powers itself off',
    needs: SPEAKING,
    skip: ({ options }) => (options.console?.powerOff === undefined ? 'its guest has no way to power off' : undefined),
    async run(context) {
      const { options } = context;
      const { domain, stream } = await listen(context);
      const { text, ended } = follow(stream);
      await waitUntil('the banner', () => options.console!.banner.test(text()));
      await stream.send(Buffer.from(options.console!.powerOff!));
      await ended;
      await waitUntil('the end', async () => (await domain.getState()).state === DomainState.SHUTOFF);
      expect(await domain.isActive()).toBe(false);
    },
  },
];
