import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { AccessPolicy, parsePolicy } from '../src/index.js';
import { startDaemon, type Running } from './support/start.js';

const policyOf = (text: string): AccessPolicy => new AccessPolicy(parsePolicy(text, 'p'));
const subject = (object: string, permission: string, ref?: Record<string, unknown>) => ({
  object,
  permission,
  ref,
  driver: 'qemu',
});

describe('access policy', () => {
  it('takes the first rule that decides, else the default', () => {
    const policy = policyOf(`{
      // comments are allowed
      "rules": [
        { "who": { "saslUser": "root@*" }, "allow": ["*"] },
        { "who": { "readOnly": true }, "deny": ["*:write"] },
        { "who": { "uid": [1000, 1001] }, "allow": ["domain:*"], "on": { "name": "web-*" } },
        { "allow": ["connect:getattr", "*:read"] }
      ]
    }`);
    expect(policy.check({ saslUser: 'root@x' }, subject('domain', 'delete'))).toBe(true);
    expect(policy.check({ system: true }, subject('domain', 'delete'))).toBe(true);
    expect(policy.check({ uid: 1000 }, subject('domain', 'start', { name: 'web-1' }))).toBe(true);
    expect(policy.check({ uid: 1000 }, subject('domain', 'start', { name: 'db-1' }))).toBe(false);
    expect(policy.check({ uid: 1000 }, subject('domain', 'start'))).toBe(false);
    expect(policy.check({ uid: 5 }, subject('domain', 'start', { name: 'web-1' }))).toBe(false);
    expect(policy.check({}, subject('connect', 'getattr'))).toBe(true);
    expect(policy.check({ readOnly: true }, subject('network', 'write'))).toBe(false);
  });

  it.each([
    ['{', 'not JSON'],
    ['{}', '"rules" must be a list'],
    ['{"rules": [], "default": "maybe"}', '"default" must be'],
    ['{"rules": [{"allow": ["domain"]}]}', '"domain" is no permission'],
    ['{"rules": [{"who": {"name": "x"}, "allow": ["*"]}]}', '"who" has no "name"'],
    ['{"rules": [{"who": {}}]}', 'neither allows nor denies'],
    ['{"rules": [{"alow": ["*"]}]}', '"alow" is not known'],
  ])('refuses %s', (text, message) => {
    expect(() => parsePolicy(text, 'p')).toThrow(message);
  });
});

describe('access control over the wire', () => {
  let running: Running;
  afterEach(() => running.stop());

  it('refuses calls, hides objects from lists, and changes with a reload', async () => {
    running = await startDaemon('access_policy_file = "ROOT/policy"\nlog_level = 4\n', undefined, {
      policy: `{ "rules": [
        { "allow": ["connect:*"] },
        { "allow": ["domain:getattr", "domain:read"], "on": { "name": "vm-[01]" } },
        { "allow": ["domain:getattr", "domain:read"], "on": { "name": ["vm-0", "vm-1"] } }
      ] }`,
    });
    const client = await running.client().open();
    const { domains } = await client.call('connectListAllDomains', 1, 0);
    expect(domains).toEqual(running.fake.domains.slice(0, 2));
    const [first, , third] = running.fake.domains;
    expect(await client.call('domainGetInfo', first)).toMatchObject({ state: 1 });
    await expect(client.call('domainGetInfo', third)).rejects.toMatchObject({ code: 88 });
    // A made-up name does not help.
    await expect(client.call('domainGetInfo', { ...third, name: 'vm-0' })).rejects.toMatchObject({ code: 88 });
    await expect(client.call('domainLookupByName', 'vm-2')).rejects.toMatchObject({ code: 88 });
    await expect(client.call('domainLookupByUUID', third!.uuid)).rejects.toMatchObject({ code: 88 });
    expect(await client.call('domainLookupByName', 'vm-1')).toEqual({ dom: running.fake.domains[1] });
    await expect(client.call('domainResume', first)).rejects.toMatchObject({ code: 88 });
    await writeFile(join(running.root, 'policy'), '{ "rules": [], "default": "allow" }');
    await running.daemon.reload();
    expect(await client.call('domainResume', first)).toEqual({});
  });
});
