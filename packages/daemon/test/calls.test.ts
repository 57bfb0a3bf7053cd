import { FrameWriter, MessageStatus, MessageType } from '@virtkit/core/util';
import { remote } from '@virtkit/driver-remote/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeReply, errorOf, RawClient } from './support/raw-client.js';
import { startDaemon, type Running } from './support/start.js';

let running: Running;
beforeAll(async () => {
  running = await startDaemon();
});
afterAll(() => running.stop());

const header = (program: number, version: number, procedure: number, type: number, serial: number): Buffer => {
  const writer = new FrameWriter();
  writer.begin(program, version, procedure, type, serial, MessageStatus.OK);
  writer.finish();
  return Buffer.from(writer.written());
};

describe('calls', () => {
  it('opens, lists, looks up and closes as virsh does', async () => {
    const client = running.client();
    expect(await client.call('authList')).toEqual({ types: [0] });
    expect(await client.call('connectSupportsFeature', 10)).toEqual({ supported: 1 });
    await client.call('connectOpen', 'fake:///x', 0);
    expect(await client.call('connectSupportsFeature', 14)).toEqual({ supported: 1 });
    expect(await client.call('connectSupportsFeature', 8)).toEqual({ supported: 0 });
    expect(await client.call('connectSupportsFeature', 9)).toEqual({ supported: 1 });
    expect(await client.call('connectGetURI')).toEqual({ uri: 'fake:///x' });
    await client.call('connectRegisterCloseCallback');
    const { domains, ret } = await client.call('connectListAllDomains', 1, 0);
    expect(ret).toBe(3);
    expect(domains).toEqual(running.fake.domains);
    const { dom } = await client.call('domainLookupByName', 'vm-1');
    expect(await client.call('domainGetInfo', dom)).toEqual({
      state: 5,
      maxMem: 1024n,
      memory: 1024n,
      nrVirtCpu: 1,
      cpuTime: 5n,
    });
    expect(await client.call('connectNumOfDomains')).toEqual({ num: 3 });
    await client.call('connectUnregisterCloseCallback');
    await client.call('connectClose');
    await client.gone();
  });

  it('answers before a connection is open as libvirtd does', async () => {
    const client = running.client();
    await expect(client.call('connectGetHostname')).rejects.toMatchObject({
      code: 1,
      domain: 7,
      message: 'internal error: hypervisor connection not open',
      str1: 'internal error: %s',
    });
    await expect(client.call('connectOpen', null, 0)).rejects.toMatchObject({ code: 8 });
    await expect(client.call('connectOpen', 'nosuch:///x', 0)).rejects.toMatchObject({ code: 5, domain: 0 });
    // A failed open can be tried again.
    await client.call('connectOpen', 'fake:///x', 0);
    await expect(client.call('connectOpen', 'fake:///x', 0)).rejects.toMatchObject({ code: 1 });
  });

  it('says NO_SUPPORT with the public name of the function', async () => {
    const client = await running.client().open();
    await expect(client.call('domainCreate', running.fake.domains[0])).rejects.toMatchObject({
      code: 3,
      message: 'this function is not supported by the connection driver: virDomainCreate',
    });
    await expect(client.call('domainOpenGraphicsFD', running.fake.domains[0], 0, 0)).rejects.toMatchObject({
      code: 3,
      message: 'this function is not supported by the connection driver: virDomainOpenGraphicsFD',
    });
  });

  it.each([
    ['an unknown number', remote.number, 1, 9999, 'unknown procedure: 9999'],
    ['zero', remote.number, 1, 0, 'unknown procedure: 0'],
    ['an event', remote.number, 1, 318, 'unknown procedure: 318'],
    ['an unknown program', 0x1234, 1, 1, 'Cannot find program 4660 version 1'],
    ['another version', remote.number, 7, 1, `Cannot find program ${remote.number} version 7`],
  ])('refuses %s and repeats what was called', async (_, program, version, procedure, message) => {
    const client = await running.client().open();
    const reply = await client.raw(header(program, version, procedure, MessageType.CALL, 77), 77);
    expect(reply).toMatchObject({ program, procedure, serial: 77, status: MessageStatus.ERROR });
    expect(errorOf(reply)).toMatchObject({ code: 39, domain: 7, message });
  });

  it('refuses arguments that it cannot decode, and goes on', async () => {
    const client = await running.client().open();
    const bytes = client.frame(RawClient.procedure('domainLookupByName'), 50, ['vm-1']).subarray(0, 32);
    bytes.writeUInt32BE(32, 0);
    expect(errorOf(await client.raw(Buffer.from(bytes), 50))).toMatchObject({ code: 39, domain: 7 });
    expect(await client.call('connectGetHostname')).toEqual({ hostname: 'localhost' });
  });

  it('takes trailing bytes as the peer does', async () => {
    const client = await running.client().open();
    const exact = client.frame(RawClient.procedure('domainLookupByName'), 51, ['vm-1']);
    const bytes = Buffer.concat([exact, Buffer.from([1, 2, 3, 4])]);
    bytes.writeUInt32BE(bytes.length, 0);
    expect((await client.raw(bytes, 51)).status).toBe(MessageStatus.OK);
  });

  it('lets fast calls overtake slow ones, each with its serial', async () => {
    const client = await running.client().open();
    const slow = client.send('domainSuspend', running.fake.domains[0]);
    const fast = client.send('connectGetHostname');
    const { reply } = fast;
    expect(decodeReply(RawClient.procedure('connectGetHostname'), await reply)).toEqual({ hostname: 'localhost' });
    running.fake.release();
    expect((await slow.reply).status).toBe(MessageStatus.OK);
    expect(client.order.slice(-2)).toEqual([fast.serial, slow.serial]);
  });

  it('answers many calls of one packet, in order', async () => {
    const client = await running.client().open();
    const sent = Array.from({ length: 500 }, () => client.send('connectGetLibVersion'));
    const replies = await Promise.all(sent.map(({ reply }) => reply));
    expect(replies.map(({ serial }) => serial)).toEqual(sent.map(({ serial }) => serial));
  });

  it('turns faults of a driver into errors of the one call', async () => {
    const client = await running.client().open();
    const dom = running.fake.domains[0];
    await expect(client.call('domainReset', dom, 0)).rejects.toMatchObject({ code: 1 });
    await expect(client.call('domainShutdown', dom)).rejects.toMatchObject({ code: 1 });
    // A result of the wrong type cannot be sent.
    await expect(client.call('domainGetOSType', dom)).rejects.toMatchObject({ code: 39 });
    expect(await client.call('connectGetHostname')).toEqual({ hostname: 'localhost' });
  });

  it('counts typed parameters, then gives them', async () => {
    const client = await running.client().open();
    const dom = running.fake.domains[0];
    expect(await client.call('domainGetMemoryParameters', dom, 0, 0)).toEqual({ params: [], nparams: 1 });
    expect(await client.call('domainGetMemoryParameters', dom, 1, 0)).toMatchObject({
      params: [{ field: 'hard_limit', value: 2n ** 60n }],
    });
  });

  it('allows only reading on the read-only socket and with the read-only flag', async () => {
    for (const [readOnly, flags] of [
      [true, 0],
      [false, 1],
    ] as const) {
      const client = await running.client(readOnly).open('fake:///x', flags);
      await expect(client.call('domainDestroy', running.fake.domains[0])).rejects.toMatchObject({
        code: 29,
        message: 'operation forbidden: read only access prevents virDomainDestroy',
      });
      expect(await client.call('connectGetHostname')).toEqual({ hostname: 'localhost' });
    }
  });

  it.each([
    ['too short', 27],
    ['too long', 33554437],
    ['nothing', 0],
  ])('drops a connection whose length word is %s', async (_, length) => {
    const client = await running.client().open();
    const word = Buffer.alloc(28);
    word.writeUInt32BE(length);
    client.socket.write(word);
    await client.gone();
  });

  it('drops a client that sends replies', async () => {
    const client = await running.client().open();
    client.socket.write(header(remote.number, 1, 1, MessageType.REPLY, 5));
    await client.gone();
  });

  it('answers pings and ignores other messages', async () => {
    const client = await running.client().open();
    client.socket.write(header(remote.number, 1, 59, MessageType.MESSAGE, 5));
    client.socket.write(header(0x6b656570, 1, 1, MessageType.MESSAGE, 0));
    await client.call('connectGetHostname');
    expect(client.events).toMatchObject([{ program: 0x6b656570, procedure: 2, serial: 0, status: 0 }]);
  });

  it('skips descriptors it cannot take and says so', async () => {
    const client = await running.client().open();
    const writer = new FrameWriter();
    writer.begin(remote.number, 1, 349, MessageType.CALL_WITH_FDS, 60, MessageStatus.OK);
    writer.int(2);
    writer.finish();
    const reply = await client.raw(Buffer.concat([Buffer.from(writer.written()), Buffer.from([0, 0])]), 60);
    expect(errorOf(reply)).toMatchObject({ code: 3 });
    expect(await client.call('connectGetHostname')).toEqual({ hostname: 'localhost' });
  });
});
