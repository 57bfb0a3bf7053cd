import { mkdtemp, rm, writeFile, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Daemon } from '../../src/index.js';
import { FakeHypervisor } from './fake-driver.js';
import { RawClient } from './raw-client.js';

export interface Running {
  readonly daemon: Daemon;
  readonly fake: FakeHypervisor;
  readonly root: string;
  readonly socket: string;
  client(readOnly?: boolean): RawClient;
  stop(): Promise<void>;
}

/** A daemon in this process over a fake hypervisor, with its configuration and state in a folder of its own. */
export async function startDaemon(
  config = '',
  fake = new FakeHypervisor(),
  files: Readonly<Record<string, string>> = {},
): Promise<Running> {
  const root = await mkdtemp(join(tmpdir(), 'virtkitd-'));
  await mkdir(join(root, 'etc'));
  const text = config.includes('log_outputs') ? config : `log_outputs = "1:file:ROOT/log"\n${config}`;
  await writeFile(join(root, 'etc/virtkitd.conf'), text.replaceAll('ROOT', root));
  for (const [name, text] of Object.entries(files)) await writeFile(join(root, name), text);
  const daemon = await Daemon.start({ root, given: [fake.driver()], drivers: [] });
  const socket = join(root, 'sock/libvirt-sock');
  const clients: RawClient[] = [];
  return {
    daemon,
    fake,
    root,
    socket,
    client(readOnly = false) {
      const client = new RawClient(readOnly ? `${socket}-ro` : socket);
      clients.push(client);
      return client;
    },
    async stop() {
      for (const client of clients) client.close();
      await daemon.stop();
      await rm(root, { recursive: true, force: true });
    },
  };
}
