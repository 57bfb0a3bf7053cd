import { createHash, createHmac, pbkdf2Sync } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PasswordFile } from '../src/auth/password-file.js';
import { ScramServer, scramVerifier } from '../src/auth/scram.js';
import { RawClient } from './support/raw-client.js';
import { startDaemon, type Running } from './support/start.js';

const hmac = (key: Uint8Array, text: string): Buffer => createHmac('sha256', key).update(text).digest();

/** The client's side, written from RFC 5802 by itself. */
function scramClient(user: string, password: string, nonce = 'rOprNGfwEbeRWgbNEkqO') {
  const bare = `n=${user},r=${nonce}`;
  return {
    first: `n,,${bare}`,
    final(serverFirst: string): { message: string; verifier: string } {
      const [, full = '', salt = '', rounds = ''] = /^r=([^,]+),s=([^,]+),i=(\d+)$/.exec(serverFirst) ?? [];
      const salted = pbkdf2Sync(password, Buffer.from(salt, 'base64'), Number(rounds), 32, 'sha256');
      const clientKey = hmac(salted, 'Client Key');
      const storedKey = createHash('sha256').update(clientKey).digest();
      const withoutProof = `c=biws,r=${full}`;
      const auth = `${bare},${serverFirst},${withoutProof}`;
      const signature = hmac(storedKey, auth);
      const proof = Buffer.from(clientKey.map((byte, i) => byte ^ signature[i]!)).toString('base64');
      return {
        message: `${withoutProof},p=${proof}`,
        verifier: `v=${hmac(hmac(salted, 'Server Key'), auth).toString('base64')}`,
      };
    },
  };
}

describe('SCRAM-SHA-256', () => {
  it('agrees with the example of RFC 7677', () => {
    const salt = Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64');
    const verifier = scramVerifier('pencil', salt, 4096);
    const server = new ScramServer(
      (user) => (user === 'user' ? verifier : undefined),
      () => '%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0',
    );
    const text = (data: Uint8Array | undefined): string => Buffer.from(data ?? []).toString();
    expect(text(server.step(Buffer.from('n,,n=user,r=rOprNGfwEbeRWgbNEkqO')).data)).toBe(
      'r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096',
    );
    const last = server.step(
      Buffer.from(
        'c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=',
      ),
    );
    expect(last.user).toBe('user');
    expect(text(last.data)).toBe('v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=');
  });

  it.each(['', 'n,,r=abc', 'p=tls-unique,,n=u,r=abc', 'n,,m=x,n=u,r=abc', 'n,,n=u,r=a c'])(
    'refuses the first message %j',
    (message) => {
      expect(() => new ScramServer(() => undefined).step(Buffer.from(message))).toThrow(/authentication failed/);
    },
  );
});

describe('SASL over the wire', () => {
  let running: Running;
  let client: RawClient;
  const start = async (config: string): Promise<void> => {
    running = await startDaemon(config);
    await new PasswordFile(join(running.root, 'etc/sasl-users')).set('fred', 'secret');
    client = running.client();
  };
  afterEach(() => running.stop());

  const plain = (user: string, password: string): Buffer => Buffer.from(`\0${user}\0${password}`);
  const scram = async (user: string, password: string): Promise<Record<string, unknown>> => {
    const dialogue = scramClient(user, password);
    const first = await client.call('authSaslStart', 'SCRAM-SHA-256', 0, Buffer.from(dialogue.first));
    expect(first).toMatchObject({ complete: 0, nil: 0 });
    const { message, verifier } = dialogue.final(Buffer.from(first['data'] as Uint8Array).toString());
    const last = await client.call('authSaslStep', 0, Buffer.from(message));
    expect(Buffer.from(last['data'] as Uint8Array).toString()).toBe(verifier);
    return last;
  };

  describe('on the unix socket', () => {
    beforeEach(() => start('auth_unix_rw = "sasl"\nlog_level = 4\n'));

    it('lets nobody in before', async () => {
      expect(await client.call('authList')).toEqual({ types: [1] });
      for (const call of [
        client.call('connectOpen', 'fake:///x', 0),
        client.call('connectGetHostname'),
        client.call('connectSupportsFeature', 10),
      ])
        await expect(call).rejects.toMatchObject({ code: 39, domain: 7, message: 'authentication required' });
      await expect(client.call('authPolkit')).rejects.toMatchObject({ code: 45 });
    });

    it('accepts SCRAM-SHA-256', async () => {
      expect(await client.call('authSaslInit')).toEqual({ mechlist: 'SCRAM-SHA-256,PLAIN' });
      expect(await scram('fred', 'secret')).toMatchObject({ complete: 1 });
      await client.call('connectOpen', 'fake:///x', 0);
      await expect(client.call('authSaslInit')).rejects.toMatchObject({ code: 45 });
    });

    it('accepts PLAIN', async () => {
      await client.call('authSaslInit');
      expect(await client.call('authSaslStart', 'PLAIN', 0, plain('fred', 'secret'))).toMatchObject({
        complete: 1,
        nil: 1,
      });
      await client.call('connectOpen', 'fake:///x', 0);
    });

    it.each([
      ['fred', 'wrong'],
      ['nobody', 'secret'],
    ])('refuses %s with %s', async (user, password) => {
      await expect(scram(user, password)).rejects.toMatchObject({
        code: 45,
        domain: 7,
        message: 'authentication failed: authentication failed',
      });
      await expect(client.call('authSaslStart', 'PLAIN', 0, plain(user, password))).rejects.toMatchObject({ code: 45 });
      await expect(client.call('connectGetHostname')).rejects.toMatchObject({ message: 'authentication required' });
    });

    it('refuses unknown mechanisms, steps without a start, and streams', async () => {
      await expect(client.call('authSaslStart', 'GSSAPI', 1, Buffer.alloc(0))).rejects.toMatchObject({ code: 45 });
      await expect(client.call('authSaslStep', 1, Buffer.alloc(0))).rejects.toMatchObject({ code: 45 });
      client.socket.write(
        Buffer.concat([client.frame(RawClient.procedure('connectGetHostname'), 1).fill(3, 16 + 3, 16 + 4)]),
      );
      await client.gone();
    });

    it('keeps no password in its file', async () => {
      const text = await readFile(join(running.root, 'etc/sasl-users'), 'utf8');
      expect(text).toMatch(/^fred:SCRAM-SHA-256\$4096:/);
      expect(text).not.toContain('secret');
    });
  });

  it('admits only the users of the allow-list', async () => {
    await start('auth_unix_rw = "sasl"\nsasl_allowed_username_list = [ "joe*" ]\n');
    await expect(scram('fred', 'secret')).rejects.toMatchObject({ code: 45 });
  });

  it('limits clients that have not authenticated', async () => {
    await start('auth_unix_rw = "sasl"\nmax_anonymous_clients = 1\nmax_queued_clients = 1\n');
    await client.call('authList');
    const second = running.client();
    const listed = second.call('authList');
    await scram('fred', 'secret');
    expect(await listed).toEqual({ types: [1] });
  });
});
