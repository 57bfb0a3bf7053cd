import { readFileSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { ErrorCode, ErrorDomain, LibvirtError, writeFileAtomic } from '@virtkit/core/util';
import { type ScramVerifier, scramVerifier } from './scram.js';

/**
 * The users of SASL: one line each, `name:SCRAM-SHA-256$ITERATIONS:SALT$STOREDKEY:SERVERKEY`, base64. Passwords are not in
 * it. Read again when it changed.
 */
export class PasswordFile {
  #users = new Map<string, ScramVerifier>();
  #stamp = '';

  constructor(readonly path: string) {}

  find(user: string): ScramVerifier | undefined {
    this.#refresh();
    return this.#users.get(user);
  }

  #refresh(): void {
    try {
      const { mtimeMs, size, ino } = statSync(this.path);
      const stamp = `${mtimeMs}/${size}/${ino}`;
      if (stamp === this.#stamp) return;
      this.#users = parse(readFileSync(this.path, 'utf8'), this.path);
      this.#stamp = stamp;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      this.#users.clear();
      this.#stamp = '';
    }
  }

  /** Adds a user or changes the password; `undefined` removes the user. */
  async set(user: string, password: string | undefined): Promise<void> {
    if (user === '' || /[:\n\0]/.test(user))
      throw new LibvirtError(ErrorCode.INVALID_ARG, ErrorDomain.CONF, `'${user}' cannot be a user name`);
    const text = await readFile(this.path, 'utf8').catch(() => '');
    const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith(`${user}:`));
    if (password !== undefined) lines.push(`${user}:${format(scramVerifier(password))}`);
    await writeFileAtomic(this.path, `${lines.join('\n')}\n`);
  }
}

function format({ iterations, salt, storedKey, serverKey }: ScramVerifier): string {
  const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
  return `SCRAM-SHA-256$${iterations}:${text(salt)}$${text(storedKey)}:${text(serverKey)}`;
}

function parse(text: string, path: string): Map<string, ScramVerifier> {
  const users = new Map<string, ScramVerifier>();
  text.split('\n').forEach((line, index) => {
    if (line.trim() === '' || line.startsWith('#')) return;
    const match = /^([^:]+):SCRAM-SHA-256\$(\d+):([^$]+)\$([^:]+):(.+)$/.exec(line);
    if (match === null)
      throw new LibvirtError(
        ErrorCode.CONF_SYNTAX,
        ErrorDomain.CONF,
        `${path}:${index + 1}: not a line of the form name:SCRAM-SHA-256$iterations:salt$storedkey:serverkey`,
      );
    const [, user = '', iterations, ...keys] = match;
    const [salt, storedKey, serverKey] = keys.map((key) => Buffer.from(key, 'base64')) as [Buffer, Buffer, Buffer];
    users.set(user, { iterations: Number(iterations), salt, storedKey, serverKey });
  });
  return users;
}
