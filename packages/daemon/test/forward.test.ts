import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventOfMessage, remote } from '@virtkit/driver-remote/protocol';
import { XdrReader } from '@virtkit/core/util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Daemon } from '../src/index.js';
import { RawClient } from './support/raw-client.js';
import { startDaemon, type Running } from './support/start.js';

// A daemon with a hypervisor, and one in front of it that has none.
let far: Running;
let root: string;
let front: Daemon;
const clients: RawClient[] = [];
beforeEach(async () => {
  far = await startDaemon('default_uri = "fake:///chosen"\n');
  root = await mkdtemp(join(tmpdir(), 'virtkitd-front-'));
  await mkdir(join(root, 'etc'));
  await writeFile(
    join(root, 'etc/virtkitd.conf'),
    `log_outputs = "1:file:${root}/log"\nforward_uri = "remote+unix:///?socket=${far.socket}"\n`,
  );
  front = await Daemon.start({ root });
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await front.stop();
  await far.stop();
  await rm(root, { recursive: true });
});

function client(readOnly = false): RawClient {
  const one = new RawClient(join(root, readOnly ? 'sock/libvirt-sock-ro' : 'sock/libvirt-sock'));
  clients.push(one);
  return one;
}

describe('a daemon that forwards', () => {
  it('has everything from the daemon behind it: answers, errors, streams', async () => {
    const one = await client().open('fake:///x');
    expect(await one.call('connectGetURI')).toEqual({ uri: 'fake:///x' });
    expect(await one.call('connectListAllDomains', 1, 0)).toEqual({ domains: far.fake.domains, ret: 3 });
    const { dom } = await one.call('domainLookupByName', 'vm-1');
    expect(dom).toEqual(far.fake.domains[1]);
    const unknown = { name: 'x', uuid: '11111111-0000-4000-8000-000000000000', id: -1 };
    await expect(one.call('domainGetInfo', unknown)).rejects.toMatchObject({ code: 42, domain: 12, int1: -1 });
    await expect(one.call('domainCreate', dom)).rejects.toMatchObject({ code: 3 });
  });

  it('passes on events', async () => {
    const one = await client().open('fake:///x');
    const { callbackID } = await one.call('connectDomainEventCallbackRegisterAny', 0, null);
    const dom = far.fake.domains[0]!;
    far.fake.lifecycle(dom, 2);
    await expect.poll(() => one.events).toHaveLength(1);
    const [message] = one.events;
    expect(eventOfMessage(remote.byNumber[message!.procedure]!)!.decode(new XdrReader(message!.payload))).toEqual({
      callbackID,
      payload: { dom, event: 2, detail: 0 },
    });
  });

  it('lets the daemon behind it choose where no URI is given', async () => {
    const one = await client().open('');
    expect(await one.call('connectGetURI')).toEqual({ uri: 'fake:///chosen' });
  });

  it('lets nobody write who came by the read-only socket', async () => {
    const one = await client(true).open('fake:///x');
    await expect(one.call('domainSuspend', far.fake.domains[0])).rejects.toMatchObject({ code: 29 });
    expect(await one.call('connectNumOfDomains')).toEqual({ num: 3 });
  });

  it('is no way to anywhere else', async () => {
    await expect(client().open('fake+tcp://127.0.0.1:1/x')).rejects.toMatchObject({ code: 5 });
    await expect(client().open('fake://127.0.0.1:1/x')).rejects.toMatchObject({ code: 5 });
  });

  it('tells its clients when the daemon behind it is lost', async () => {
    const one = await client().open('fake:///x');
    await one.call('connectRegisterCloseCallback');
    await far.daemon.stop();
    await expect.poll(() => one.events.map(({ procedure }) => procedure)).toEqual([362]);
  });
});
