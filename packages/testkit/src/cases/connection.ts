import { readXml } from '@virtkit/core/conf';
import { expect } from 'vitest';
import { expectError } from '../expect-error.js';
import type { HypervisorContext } from '../hypervisor-suite.js';
import type { Case } from '../suite.js';

export const CONNECTION_CASES: readonly Case<HypervisorContext>[] = [
  {
    name: 'names its type',
    async run({ connect }) {
      expect(await connect.getType()).toMatch(/^\S+$/);
    },
  },
  {
    name: 'knows its URI',
    async run({ connect }) {
      expect(connect.getURI()).toMatch(/^[a-z][a-z0-9+.-]*:/);
      expect(connect.uri.text).toBe(connect.getURI());
    },
  },
  {
    name: 'is alive',
    needs: ['connectIsAlive'],
    run: async ({ connect }) => expect(await connect.isAlive()).toBe(true),
  },
  {
    name: 'has a version',
    needs: ['connectGetVersion'],
    run: async ({ connect }) => expect(typeof (await connect.getVersion())).toBe('bigint'),
  },
  {
    name: 'describes its capabilities in XML',
    needs: ['connectGetCapabilities'],
    async run({ connect }) {
      const root = readXml(await connect.getCapabilities());
      expect(root.name).toBe('capabilities');
      expect(root.children.map(({ name }) => name)).toContain('guest');
    },
  },
  {
    name: 'describes its node',
    needs: ['nodeGetInfo'],
    async run({ connect }) {
      const info = await connect.nodeGetInfo();
      expect(info.cpus).toBeGreaterThan(0);
      expect(info.memory > 0n).toBe(true);
      expect(info.cpus).toBeLessThanOrEqual(info.nodes * info.sockets * info.cores * info.threads);
    },
  },
  {
    name: 'answers no more once closed, and closes twice',
    async run({ connect }) {
      await connect.close();
      await connect.close();
      await expectError(connect.getType(), 'INVALID_CONN');
    },
  },
  {
    name: 'refuses changes on a read-only connection, and allows questions',
    needs: ['domainDefineXML'],
    uses: ['open'],
    async run({ open, define, xml }) {
      await define('one');
      const reader = await open!({ readOnly: true });
      const domain = await reader.domainLookupByName('one');
      await expectError(reader.domainDefineXML(xml('two')), 'OPERATION_DENIED');
      await expectError(domain.create(), 'OPERATION_DENIED');
      await expectError(domain.undefine(), 'OPERATION_DENIED');
      expect((await domain.getXMLDesc()).includes('<name>one</name>')).toBe(true);
      await reader.close();
    },
  },
  {
    name: 'shows the same objects on two connections',
    needs: ['domainDefineXML'],
    uses: ['open'],
    async run({ open, define }) {
      const { uuid } = await define('one');
      const other = await open!();
      expect((await other.domainLookupByName('one')).uuid).toBe(uuid);
      await (await other.domainLookupByName('one')).undefine();
      await other.close();
    },
  },
  {
    name: 'does nothing for a caller that gave up before',
    needs: ['domainDefineXML'],
    async run({ connect, xml }) {
      await expectError(connect.domainDefineXML(xml('one'), { signal: AbortSignal.abort() }), 'OPERATION_ABORTED');
      await expectError(connect.domainLookupByName('one'), 'NO_DOMAIN');
    },
  },
];
