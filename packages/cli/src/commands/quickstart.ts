import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Domain, Host, Stream } from '@virtkit/core';
import { escapeXml } from '@virtkit/core/conf';
import { DomainEventID, DomainEventType, DomainState, ErrorCode, LibvirtError } from '@virtkit/core/util';
import { writeBootImage } from '@virtkit/guest';
import type { Call } from '../call.js';
import { commands } from '../command.js';
import { joinTerminal } from '../console.js';
import type { Output } from '../output/output.js';

const command = commands('This host');

/** How long a guest may take from power on to its first word, and from `off` to its end. */
const PATIENCE = 30_000;

export const QUICKSTART = [
  command(
    'quickstart',
    'Boot a small guest of our own with QEMU and show its console',
    { options: { '--once': 'end by itself: greet the guest, power it off (the default without a terminal)' } },
    async (call): Promise<Output | void> => {
      const folder = await mkdtemp(join(tmpdir(), 'virtkit-quickstart-'));
      try {
        return await quickstart(call, folder);
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
  ),
];

async function quickstart(call: Call, folder: string): Promise<Output> {
  const json = call.session.options.json === true;
  const tell = (text: string): void => void (json || process.stdout.write(`${text}\n`));
  const host = await call.host();
  tell(`Host folder: ${call.session.root.directory}`);
  // What does not load is shown, and matters only if it is QEMU's driver.
  await host.load();
  tell(driverLines(host));
  const uri = `qemu:///embed?root=${encodeURIComponent(folder)}`;
  call.doing = `open ${uri}`;
  const connect = await host.open(uri, { signal: call.signal });

  const image = join(folder, 'guest.img');
  await writeBootImage(image);
  call.doing = 'define the guest';
  const domain = await connect.domainDefineXML(guestXml(image));
  tell(`Defined domain '${domain.name}' (${domain.uuid}) in ${folder}`);
  try {
    const ended = waitForEnd(domain, call.signal);
    ended.catch(() => undefined);
    call.doing = `start domain '${domain.name}'`;
    const begin = performance.now();
    await domain.create();
    const started = Math.round(performance.now() - begin);
    tell(`Started it in ${started} ms: its QEMU process runs, and this is its serial console:\n`);
    call.doing = `show the console of domain '${domain.name}'`;
    const stream = await domain.openConsole(null, 0);
    const interactive = !call.has('once') && process.stdin.isTTY && process.stdout.isTTY;
    let console = '';
    if (interactive) {
      tell('(type something; the line "off" powers the guest off, Ctrl-] leaves)\n');
      await joinTerminal(stream, call.signal);
    } else console = await greet(stream, call.signal, json);
    if ((await domain.getState()).state === DomainState.RUNNING) {
      if (interactive) await domain.destroy();
    }
    call.doing = `wait for the end of domain '${domain.name}'`;
    const how = await ended;
    call.doing = undefined;
    tell(`\nThe guest ended: ${how}.`);
    return {
      json: { uri, domain: domain.name, uuid: domain.uuid, startMilliseconds: started, console, ended: how },
      text: () =>
        `virtkit works here. Next: 'virtkit doctor', 'virtkit -c test:///default list --all', 'virtkit help'.`,
    };
  } finally {
    await cleanUp(domain);
    await connect.close();
  }
}

function driverLines(host: Host): string {
  return host
    .drivers()
    .map(({ manifest, package: name, status, problem }) => {
      const version = manifest === undefined ? '' : ` ${manifest.version}`;
      return `  ${status === 'loaded' ? '✓' : status === 'refused' ? '✗' : '·'} ${name}${version}: ${status}${problem === undefined ? '' : `: ${problem.message}`}`;
    })
    .join('\n');
}

function guestXml(image: string): string {
  return `<domain type='qemu'>
  <name>quickstart</name>
  <memory unit='MiB'>16</memory>
  <vcpu>1</vcpu>
  <os><type arch='x86_64' machine='pc'>hvm</type></os>
  <features><acpi/></features>
  <on_reboot>restart</on_reboot>
  <devices>
    <disk type='file' device='disk'>
      <driver name='qemu' type='raw'/>
      <source file='${escapeXml(image)}'/>
      <target dev='hda' bus='ide'/>
    </disk>
    <serial type='pty'><target port='0'/></serial>
    <console type='pty'><target type='serial' port='0'/></console>
    <memballoon model='none'/>
  </devices>
</domain>
`;
}

/** Resolves with how the domain stopped. */
async function waitForEnd(domain: Domain, signal: AbortSignal): Promise<string> {
  const details = ['shut down', 'destroyed', 'crashed', 'migrated', 'saved', 'failed', 'reverted to a snapshot'];
  const events = await domain.connect.domainEvents([DomainEventID.LIFECYCLE], {
    domain,
    signal: AbortSignal.any([signal, AbortSignal.timeout(60 * 60_000)]),
  });
  for await (const event of events)
    if ('event' in event && event.event === DomainEventType.STOPPED) return details[event.detail] ?? 'stopped';
  return 'interrupted';
}

/** Without a person: waits for the banner, says hello, sees the echo, and has the guest power itself off. */
async function greet(stream: Stream, signal: AbortSignal, silent: boolean): Promise<string> {
  let text = '';
  let waiting: { readonly sign: RegExp; resolve(): void } | undefined;
  const reading = (async () => {
    for (let data = await stream.recv(); data !== null; data = await stream.recv()) {
      const part = Buffer.from(data).toString('latin1');
      if (!silent) process.stdout.write(part);
      text += part;
      if (waiting?.sign.test(text) === true) waiting.resolve();
    }
  })();
  const see = (sign: RegExp, what: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const fail = (why: string): void => reject(new LibvirtError(ErrorCode.OPERATION_TIMEOUT, 0, `${what}: ${why}`));
      const timer = setTimeout(() => fail(`nothing came within ${PATIENCE} ms`), PATIENCE);
      const done = (): void => {
        clearTimeout(timer);
        resolve();
      };
      signal.addEventListener('abort', () => fail('interrupted'), { once: true });
      reading.then(
        () => fail('the console ended'),
        () => fail('the console broke'),
      );
      waiting = { sign, resolve: done };
      if (sign.test(text)) done();
    });
  await see(/\S[^\n]*\r?\n/, "waiting for the guest's banner");
  const said = text.length;
  await stream.send(Buffer.from('hello\r'));
  await see(new RegExp(`^[^]{${said},}hello`), "waiting for the guest's echo");
  await stream.send(Buffer.from('off\r'));
  await reading.catch(() => undefined);
  stream.abort();
  return text;
}

/** Whatever happened, no guest stays. */
async function cleanUp(domain: Domain): Promise<void> {
  try {
    if ((await domain.getState()).state !== DomainState.SHUTOFF) await domain.destroy();
  } catch {
    // It is gone already.
  }
  await domain.undefine().catch(() => undefined);
}
