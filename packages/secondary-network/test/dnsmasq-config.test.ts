import { parseNetwork } from '@virtkit/core/conf';
import { describe, expect, it } from 'vitest';
import { dnsmasqConfig } from '../src/config/index.js';

const lines = (body: string): string[] =>
  dnsmasqConfig(parseNetwork(`<network><name>n</name><bridge name='b'/>${body}</network>`), {
    conf: '/c',
    hosts: '/h',
    addnHosts: '/a',
  }).conf.split('\n');

const IP = "<ip address='192.168.1.1' prefix='24' localPtr='yes'/>";
const LOCAL = "<domain name='d.org' localOnly='yes'/>";

describe('names that go nowhere else', () => {
  it.each([
    [`<dns forwardPlainNames='no'/>${IP}`, ['local=/1.168.192.in-addr.arpa/', 'local=//']],
    [`${LOCAL}<dns forwardPlainNames='no'/>${IP}`, ['local=/d.org/', 'local=/1.168.192.in-addr.arpa/', 'local=//']],
    [`${LOCAL}${IP}`, ['local=/d.org/', 'local=/1.168.192.in-addr.arpa/']],
    [`<dns enable='no'/>${IP}`, []],
  ])('%s', (body, expected) => {
    expect(lines(body).filter((line) => line.startsWith('local='))).toEqual(expected);
  });
});
