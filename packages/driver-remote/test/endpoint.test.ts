import { describe, expect, it } from 'vitest';
import { parseUri } from '@virtkit/core';
import { forwardedTarget, targetOf } from '../src/endpoint.js';
import { remoteOptions } from '../src/options.js';
import { saslClient } from '../src/sasl.js';

const target = (uri: string, readOnly = false) => targetOf(parseUri(uri), readOnly);

describe('a connection URI', () => {
  it.each([
    ['qemu+unix:///system?mode=legacy', { kind: 'unix', path: '/var/run/libvirt/libvirt-sock' }, 'qemu:///system'],
    ['qemu+unix:///system?socket=/x/s', { kind: 'unix', path: '/x/s' }, 'qemu:///system'],
    ['lxc+tcp://h/?a=b', { kind: 'tcp', host: 'h', port: 16509 }, 'lxc:///?a=b'],
    ['test+tcp://[::1]:99/default', { kind: 'tcp', host: '::1', port: 99 }, 'test:///default'],
    ['qemu+tcp://h/system?name=test:///default', { kind: 'tcp', host: 'h', port: 16509 }, 'test:///default'],
  ])('%s', (uri, endpoint, name) => {
    expect(target(uri)).toMatchObject({ endpoint, name });
  });

  it('with a host and no transport means TLS', () => {
    expect(target('qemu://h/system?pkipath=/p')).toMatchObject({
      endpoint: {
        kind: 'tls',
        host: 'h',
        port: 16514,
        verify: true,
        pki: { ca: '/p/cacert.pem', key: '/p/clientkey.pem' },
      },
    });
  });

  it('uses the read-only socket for read-only connections', () => {
    expect(target('qemu+unix:///system?mode=legacy', true)?.endpoint).toEqual({
      kind: 'unix',
      path: '/var/run/libvirt/libvirt-sock-ro',
    });
  });

  it('goes through the system ssh, with a command that no shell over there misreads', () => {
    const endpoint = target("qemu+ssh://me@h:2222/system?socket=/a'b&keyfile=/k&no_tty=1")?.endpoint;
    expect(endpoint).toEqual({
      kind: 'command',
      program: 'ssh',
      args: [
        '-T',
        '-e',
        'none',
        '-p',
        '2222',
        '-l',
        'me',
        '-i',
        '/k',
        '-o',
        'PasswordAuthentication=no',
        '-o',
        'BatchMode=yes',
        '--',
        'h',
        `sh -c ''\\''nc'\\'' -U '\\''/a'\\''\\'\\'''\\''b'\\'''`,
      ],
    });
  });

  it('is refused with an unknown transport', () => {
    expect(() => target('qemu+bogus://h/system')).toThrow(/transport in URL not recognised .*'bogus'/);
  });
});

describe('SCRAM-SHA-256', () => {
  it('refuses a server that changes the nonce, or cannot prove that it knows the password', () => {
    const client = saslClient('SCRAM-SHA-256', { username: 'user', password: 'pencil' });
    const nonce = client.first().split('r=')[1]!;
    expect(() => client.next('r=other,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096')).toThrow(/nonce/);
    expect(client.next(`r=${nonce}%x,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096`)).toMatch(/^c=biws,r=.*,p=.{44}$/);
    expect(() => client.verify('v=AAAA')).toThrow(/did not prove/);
    expect(() => client.verify('e=invalid-proof')).toThrow(/invalid-proof/);
  });
});

describe('local URIs by a daemon elsewhere', () => {
  it('keep their own name, and take the way from the daemon', () => {
    const { local } = remoteOptions({ local: 'remote+tcp://me@h:99/?auth=none' });
    expect(forwardedTarget(parseUri('qemu:///session?a=b'), local as never, false)).toMatchObject({
      endpoint: { kind: 'tcp', host: 'h', port: 99 },
      name: 'qemu:///session?a=b',
      auth: 'none',
      user: 'me',
      host: 'h',
    });
    // Its default.
    expect(forwardedTarget(parseUri('remote:///'), local as never, false)?.name).toBe('');
  });

  it.each(['qemu:///system', 'nonsense', 3])('refuses %s as the daemon', (local) => {
    expect(() => remoteOptions({ local })).toThrow(/"local" must be true, false, or the URI of a daemon/);
  });
});
