import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { ErrorCode } from '@virtkit/core/util';
import { diskAt } from '../src/agent/filesystems.js';
import { AgentConnection } from '../src/agent/index.js';
import { mergeAliases } from '../src/agent/interfaces.js';
import { temporaryDirectory } from './support/qemu.js';

const dir = temporaryDirectory();
let serial = 0;
let server: Server | undefined;
const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
  server?.close();
});

interface Request {
  readonly execute: string;
  readonly arguments?: Record<string, unknown>;
}
const PATIENCE = { sync: 2_000, answer: 2_000 };

/** An agent that says what it is told to. */
async function agentThat(
  answer: (request: Request, say: (text: string | Buffer) => void) => void,
): Promise<AgentConnection> {
  const path = join(dir, `agent-${++serial}.sock`);
  server = createServer((socket) => {
    sockets.push(socket);
    let text = '';
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n')) {
        const line = text.slice(text.lastIndexOf('\xff', end) + 1, end);
        text = text.slice(end + 1);
        answer(JSON.parse(line) as Request, (said) => socket.write(said));
      }
    });
  });
  await new Promise<void>((resolve) => server?.listen(path, resolve));
  return AgentConnection.open(path);
}

const synced = (request: Request, say: (text: string | Buffer) => void): boolean => {
  if (request.execute !== 'guest-sync-delimited') return false;
  say(Buffer.concat([Buffer.from([0xff]), Buffer.from(`{"return": ${String(request.arguments?.id)}}\n`)]));
  return true;
};

describe('the guest agent', () => {
  it('is asked after it was found where the conversation is: what came before is nobody’s', async () => {
    const agent = await agentThat((request, say) => {
      if (request.execute === 'guest-sync-delimited') say('{"return": "stale"}\n{"ret');
      if (synced(request, say)) return;
      say('{"return": {"a": 1}}\n');
    });
    expect(await agent.execute('guest-ping', undefined, PATIENCE)).toEqual({ a: 1 });
    expect(await agent.pass('guest-ping', '{"execute":"guest-ping"}', PATIENCE)).toEqual({ return: { a: 1 } });
    agent.close();
  });

  it('refuses in libvirt’s words', async () => {
    const agent = await agentThat((request, say) => {
      if (!synced(request, say)) say('{"error": {"class": "CommandNotFound", "desc": "no such thing"}}\n');
    });
    await expect(agent.execute('guest-x', undefined, PATIENCE)).rejects.toMatchObject({
      code: ErrorCode.INTERNAL_ERROR,
      detail: "unable to execute QEMU agent command 'guest-x': no such thing",
    });
  });

  it('that does not answer, or goes, is unresponsive', async () => {
    const silent = await agentThat(() => undefined);
    await expect(silent.execute('guest-ping', undefined, { sync: 20, answer: 20 })).rejects.toMatchObject({
      code: ErrorCode.AGENT_UNRESPONSIVE,
    });
    const late = silent.execute('guest-ping', undefined, PATIENCE);
    await expect(AgentConnection.open(join(dir, 'nowhere'))).rejects.toMatchObject({
      code: ErrorCode.AGENT_UNRESPONSIVE,
    });
    sockets.at(-1)?.destroy();
    await expect(late).rejects.toMatchObject({ code: ErrorCode.AGENT_UNRESPONSIVE });
    expect(silent.open).toBe(false);
  });

  it('is given up when its caller gives up', async () => {
    const silent = await agentThat(() => undefined);
    const controller = new AbortController();
    const waiting = silent.execute('guest-ping', undefined, { ...PATIENCE, signal: controller.signal });
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ code: ErrorCode.OPERATION_ABORTED });
  });

  it('names disks by where they are, and addresses by their interface', () => {
    const pci = { domain: 0, bus: 4, slot: 0, function: 0 };
    const def = {
      devices: {
        disk: [
          { target: { dev: 'vda' }, address: { type: 'pci', ...pci } },
          {
            target: { dev: 'sdb', bus: 'scsi' },
            address: { type: 'drive', controller: 0, bus: 0, target: 0, unit: 3 },
          },
        ],
        controller: [{ type: 'scsi', index: 0, address: { type: 'pci', domain: 0, bus: 5, slot: 0, function: 0 } }],
      },
    } as never;
    expect(diskAt(def, { 'pci-controller': pci, bus: 0, target: 0, unit: 0 })).toBe('vda');
    expect(diskAt(def, { 'pci-controller': { ...pci, bus: 5 }, bus: 0, target: 0, unit: 3 })).toBe('sdb');
    expect(diskAt(def, { 'pci-controller': { ...pci, bus: 5 }, bus: 0, target: 0, unit: 4 })).toBeUndefined();
    const address = { 'ip-address': '10.0.0.2', 'ip-address-type': 'ipv4', prefix: 24 } as const;
    expect(
      mergeAliases([
        { name: 'eth0', 'hardware-address': '52:54:00:00:00:01' },
        { name: 'eth0:1', 'hardware-address': '52:54:00:00:00:01', 'ip-addresses': [address] },
      ]),
    ).toEqual([{ name: 'eth0', hwaddr: '52:54:00:00:00:01', addrs: [{ type: 0, addr: '10.0.0.2', prefix: 24 }] }]);
  });
});
