import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Host processes run what was built. */
export const built = existsSync(new URL('../../dist/index.js', import.meta.url));

/** A host in a process of its own, which runs what was built; its lines are gathered. */
export class HostProcess {
  readonly lines: string[] = [];
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;

  constructor(fixture: string, ...args: string[]) {
    const { NODE_EXTRA_CA_CERTS: _slow, ...env } = process.env;
    const path = fileURLToPath(new URL(`../fixtures/${fixture}.mjs`, import.meta.url));
    this.#child = spawn(process.execPath, [path, ...args], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    this.#ended = new Promise((resolve) => this.#child.once('close', resolve));
    let rest = '';
    this.#child.stdout?.on('data', (data: Buffer) => {
      const lines = (rest + data.toString()).split('\n');
      rest = lines.pop() ?? '';
      this.lines.push(...lines);
    });
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }
}
