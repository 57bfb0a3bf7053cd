import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { NetworkDef } from '@virtkit/core/conf';
import { type CommandRunner, type Directories, fileNameOf, type Log } from '@virtkit/core/driver';
import { writeFileAtomic } from '@virtkit/core/util';
import { dnsmasqConfig, needsDnsmasq } from '../config/index.js';
import { unsupported } from '../network-errors.js';

/** Milliseconds: it ends within a few, and is looked after less often when it does not. */
const FIRST_LOOK = 1;
const LAST_LOOK = 64;
const PATIENCE = 5000;
const READABLE = { mode: 0o644, durable: false };

/** Whether the process has not ended yet; one that its parent has not asked after has. */
async function isRunning(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '');
  return stat !== '' && !/^[ZX]/.test(stat.slice(stat.lastIndexOf(')') + 2));
}

/** One dnsmasq per network, which goes on when this process ends. */
export class Dnsmasq {
  constructor(
    private readonly commands: CommandRunner,
    private readonly dirs: Directories,
    private readonly log: Log,
  ) {}

  #file(name: string, extension: string): string {
    return join(this.dirs.lib, 'dnsmasq', fileNameOf(name) + extension);
  }

  #files(name: string) {
    return {
      conf: this.#file(name, '.conf'),
      hosts: this.#file(name, '.hostsfile'),
      addnHosts: this.#file(name, '.addnhosts'),
    };
  }

  leaseFile(name: string): string {
    return this.#file(name, '.leases');
  }

  #pidFile(name: string): string {
    return join(this.dirs.run, `${fileNameOf(name)}.pid`);
  }

  async start(def: NetworkDef): Promise<void> {
    if (!needsDnsmasq(def)) return;
    const program = this.commands.find('dnsmasq');
    if (program === undefined)
      throw unsupported(`network '${def.name}' needs dnsmasq, which is not in PATH: install dnsmasq-base`);
    await mkdir(join(this.dirs.lib, 'dnsmasq'), { recursive: true, mode: 0o755 });
    await mkdir(this.dirs.run, { recursive: true, mode: 0o755 });
    const { conf } = this.#files(def.name);
    const texts = dnsmasqConfig(def, this.#files(def.name));
    await this.#writeHosts(def.name, texts);
    await writeFileAtomic(conf, texts.conf, READABLE);
    // Without a user of its own it would lose sight of files below directories that are root's alone.
    await this.commands.run(program, [
      `--conf-file=${conf}`,
      `--pid-file=${this.#pidFile(def.name)}`,
      `--dhcp-leasefile=${this.leaseFile(def.name)}`,
      '--user=root',
    ]);
  }

  /** After a change: hosts are read anew by the process that there is, anything else needs another. */
  async refresh(def: NetworkDef): Promise<void> {
    const pid = await this.#pid(def.name);
    const texts = dnsmasqConfig(def, this.#files(def.name));
    const known = await readFile(this.#files(def.name).conf, 'utf8').catch(() => '');
    if (pid !== undefined && needsDnsmasq(def) && texts.conf === known) {
      await this.#writeHosts(def.name, texts);
      process.kill(pid, 'SIGHUP');
      return;
    }
    await this.stop(def);
    await this.start(def);
  }

  async #writeHosts(name: string, texts: { readonly hosts: string; readonly addnHosts: string }): Promise<void> {
    const { hosts, addnHosts } = this.#files(name);
    await writeFileAtomic(hosts, texts.hosts, READABLE);
    await writeFileAtomic(addnHosts, texts.addnHosts, READABLE);
  }

  async stop(def: NetworkDef): Promise<void> {
    const pid = await this.#pid(def.name);
    if (pid !== undefined) {
      process.kill(pid, 'SIGTERM');
      await this.#ended(def.name, pid);
    }
    for (const file of Object.values(this.#files(def.name))) await rm(file, { force: true });
    await rm(this.#pidFile(def.name), { force: true });
  }

  /** The process, if the pid file still speaks of this network's. */
  async #pid(name: string): Promise<number | undefined> {
    const text = await readFile(this.#pidFile(name), 'latin1').catch(() => '');
    const pid = Number(text);
    if (!Number.isInteger(pid) || pid <= 1) return undefined;
    const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    return line.includes(`--conf-file=${this.#file(name, '.conf')}`) ? pid : undefined;
  }

  async #ended(name: string, pid: number): Promise<void> {
    const late = Date.now() + PATIENCE;
    // Its command line is gone before its sockets are: only then may another take its addresses.
    for (let wait = FIRST_LOOK; await isRunning(pid); wait = Math.min(2 * wait, LAST_LOOK)) {
      if (Date.now() > late) {
        this.log.warning(`dnsmasq of network ${name} does not end: killed`);
        process.kill(pid, 'SIGKILL');
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }
}
