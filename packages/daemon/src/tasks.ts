import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { parsePolicy } from './access/policy.js';
import { PasswordFile } from './auth/password-file.js';
import { readConfig } from './config/daemon-config.js';
import { sampleConfig } from './config/sample-config.js';
import { daemonPaths } from './config/paths.js';

export interface TaskOptions {
  readonly root?: string | undefined;
  readonly config?: string | undefined;
  readonly 'libvirt-paths'?: boolean | undefined;
  readonly check?: boolean | undefined;
  readonly 'print-config'?: boolean | undefined;
  readonly 'sasl-user'?: string | undefined;
  readonly remove?: boolean | undefined;
  readonly version?: boolean | undefined;
}

/** What virtkitd does besides serving: each prints its result and leaves. */
export async function runTask(options: TaskOptions): Promise<number> {
  if (options.version === true) {
    const manifest = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8')) as {
      version: string;
    };
    process.stdout.write(`virtkitd ${manifest.version}\n`);
    return 0;
  }
  if (options['print-config'] === true) {
    process.stdout.write(sampleConfig());
    return 0;
  }
  const paths = daemonPaths(
    { root: options.root, libvirtPaths: options['libvirt-paths'] },
    process.env,
    process.getuid?.() ?? 0,
  );
  const file = options.config ?? paths.config;
  const { config, notes } = await readConfig(file, options.config !== undefined || options.check === true);
  const user = options['sasl-user'];
  if (user !== undefined) {
    const users = new PasswordFile(config.sasl_password_file ?? paths.passwords);
    const password = options.remove === true ? undefined : (await text(process.stdin)).replace(/\r?\n$/, '');
    await users.set(user, password);
    process.stdout.write(`${user} ${password === undefined ? 'removed from' : 'written to'} ${users.path}\n`);
    return 0;
  }
  const policy = config.access_policy_file;
  if (policy !== undefined) parsePolicy(await readFile(policy, 'utf8'), policy);
  for (const note of notes) process.stdout.write(`note: ${note}\n`);
  process.stdout.write(`${file} is good\n`);
  return 0;
}
