import { join } from 'node:path';
import { admin } from '@virtkit/driver-remote/protocol';
import { TypedParamsBuilder } from '@virtkit/core/util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RawClient } from './support/raw-client.js';
import { startDaemon, type Running } from './support/start.js';

let running: Running;
let client: RawClient;
beforeAll(async () => {
  running = await startDaemon();
  client = new RawClient(join(running.root, 'sock/libvirt-admin-sock'));
  await client.callOf(admin, 'connectOpen', 0);
});
afterAll(async () => {
  client.close();
  await running.stop();
});

const call = (name: string, ...values: unknown[]): Promise<Record<string, unknown>> =>
  client.callOf(admin, name, ...values);
const srv = { name: 'libvirtd' };

describe('the administration socket', () => {
  it('lists servers and clients, and disconnects one', async () => {
    expect(await call('connectListServers', 1, 0)).toEqual({ servers: [srv, { name: 'admin' }], ret: 2 });
    await expect(call('connectLookupServer', 'nosuch', 0)).rejects.toMatchObject({ code: 95 });
    const served = await running.client(true).open();
    const { clients } = await call('serverListClients', srv, 1, 0);
    expect(clients).toMatchObject([{ srv, transport: 0 }]);
    const [clnt] = clients as [{ id: bigint }];
    expect(await call('clientGetInfo', clnt, 0)).toMatchObject({ params: [{ field: 'readonly', value: true }] });
    await call('clientClose', clnt, 0);
    await served.gone();
    await expect(call('serverLookupClient', srv, clnt.id, 0)).rejects.toMatchObject({
      code: 96,
      message: `Client not found: No client with matching ID '${clnt.id}'`,
    });
  });

  it('changes the limits of clients', async () => {
    const set = (name: string, value: number): Promise<unknown> =>
      call('serverSetClientLimits', srv, new TypedParamsBuilder().uint(name, value).params, 0);
    await set('nclients_max', 41);
    expect(await call('serverGetClientLimits', srv, 0)).toMatchObject({
      params: [
        { field: 'nclients_max', value: 41 },
        { field: 'nclients', value: 0 },
        { field: 'nclients_unauth_max', value: 20 },
        { field: 'nclients_unauth', value: 0 },
      ],
    });
    await expect(set('nclients_max', 3)).rejects.toMatchObject({ code: 8 });
    await expect(set('nclients', 3)).rejects.toMatchObject({ code: 8 });
  });

  it('changes what is logged', async () => {
    await call('connectSetLoggingFilters', '1:qemu 4:rpc', 0);
    expect(await call('connectGetLoggingFilters', 0)).toEqual({ filters: '1:*qemu* 4:*rpc*', nfilters: 2 });
    await expect(call('connectSetLoggingFilters', 'nonsense', 0)).rejects.toMatchObject({ code: 8 });
    await expect(call('connectSetLoggingOutputs', '3:file:/nosuch/folder/log', 0)).rejects.toMatchObject({ code: 38 });
    await call('connectSetLoggingFilters', null, 0);
    expect(await call('connectGetLoggingFilters', 0)).toEqual({ filters: null, nfilters: 0 });
  });

  it('is known by its own name as well', async () => {
    expect(await call('connectLookupServer', 'virtkitd', 0)).toMatchObject({ srv: { name: 'virtkitd' } });
  });

  it('shows and changes how many calls there may be at a time', async () => {
    const set = (name: string, value: number): Promise<unknown> =>
      call('serverSetThreadpoolParameters', srv, new TypedParamsBuilder().uint(name, value).params, 0);
    await set('maxWorkers', 7);
    const { params } = await call('serverGetThreadpoolParameters', srv, 0);
    expect(
      Object.fromEntries((params as { field: string; value: number }[]).map((one) => [one.field, one.value])),
    ).toEqual({
      minWorkers: 5,
      maxWorkers: 7,
      nWorkers: 5,
      freeWorkers: 5,
      prioWorkers: 5,
      jobQueueDepth: 0,
    });
    await expect(set('minWorkers', 8)).rejects.toMatchObject({ code: 8 });
    await expect(set('nWorkers', 8)).rejects.toMatchObject({ code: 8 });
  });

  it('lets the daemon end when nobody needs it', async () => {
    await call('connectSetDaemonTimeout', 100, 0);
    await call('connectSetDaemonTimeout', 0, 0);
  });

  it('says what it does not have', async () => {
    await expect(call('serverUpdateTlsFiles', srv, 0)).rejects.toMatchObject({ code: 1 });
    await expect(client.call('connectGetHostname')).rejects.toMatchObject({ code: 39 });
  });
});
