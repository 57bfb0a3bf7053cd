import { SecretUsageType } from '@virtkit/core/util';
import { expect } from 'vitest';
import { expectError } from './expect-error.js';
import { type Case, defineSuite, type Place, type SuiteOptions } from './suite.js';

export interface SecretSuiteOptions extends SuiteOptions {
  readonly name: string;
}

const UUID = 'd1e5a1f0-0a0b-4c0d-8e0f-303132333435';
const NEEDS = ['secretDefineXML', 'secretLookupByUUID', 'secretUndefine'] as const;

function xml({ uuid = UUID, usage = 'one', isPrivate = false, ephemeral = false } = {}): string {
  return `<secret ephemeral='${ephemeral ? 'yes' : 'no'}' private='${isPrivate ? 'yes' : 'no'}'>
  <uuid>${uuid}</uuid>
  <usage type='ceph'><name>${usage}</name></usage>
</secret>`;
}

const SECRETS: readonly Case<Place>[] = [
  {
    name: 'defines, finds and undefines',
    needs: NEEDS,
    async run({ connect }) {
      const secret = await connect.secretDefineXML(xml());
      expect(secret.ref).toMatchObject({ uuid: UUID, usageType: SecretUsageType.CEPH, usageID: 'one' });
      expect((await connect.secretLookupByUsage(SecretUsageType.CEPH, 'one')).uuid).toBe(UUID);
      expect((await connect.listAllSecrets()).map(({ uuid }) => uuid)).toEqual([UUID]);
      await secret.undefine();
      await expectError(connect.secretLookupByUUID(UUID), 'NO_SECRET');
      await expectError(secret.getXMLDesc(), 'NO_SECRET');
    },
  },
  {
    name: 'keeps a value, any bytes',
    needs: [...NEEDS, 'secretSetValue', 'secretGetValue'],
    async run({ connect }) {
      const secret = await connect.secretDefineXML(xml());
      await expectError(secret.getValue(), 'NO_SECRET');
      const value = Uint8Array.from({ length: 256 }, (_, i) => i);
      await secret.setValue(value);
      expect([...(await secret.getValue())]).toEqual([...value]);
    },
  },
  {
    name: 'does not tell the value of a private secret',
    needs: [...NEEDS, 'secretSetValue', 'secretGetValue'],
    async run({ connect }) {
      const secret = await connect.secretDefineXML(xml({ isPrivate: true }));
      await secret.setValue(Uint8Array.of(1, 2, 3));
      await expectError(secret.getValue(), 'INVALID_SECRET');
    },
  },
  {
    name: 'refuses a usage that another has',
    needs: NEEDS,
    async run({ connect }) {
      await connect.secretDefineXML(xml());
      const other = UUID.replace(/5$/, '6');
      await expectError(connect.secretDefineXML(xml({ uuid: other })), 'INTERNAL_ERROR', 'OPERATION_FAILED');
      await expectError(connect.secretDefineXML(xml({ usage: 'two' })), 'INTERNAL_ERROR', 'OPERATION_FAILED');
    },
  },
  {
    name: 'keeps secrets and values over a new host, but not ephemeral ones',
    needs: [...NEEDS, 'secretSetValue', 'secretGetValue'],
    uses: ['restart'],
    async run({ connect, restart }) {
      const secret = await connect.secretDefineXML(xml());
      await secret.setValue(Uint8Array.of(1, 2, 3));
      const passing = UUID.replace(/5$/, '6');
      await connect.secretDefineXML(xml({ uuid: passing, usage: 'two', ephemeral: true }));
      const again = await restart!();
      expect([...(await (await again.secretLookupByUUID(UUID)).getValue())]).toEqual([1, 2, 3]);
      await expectError(again.secretLookupByUUID(passing), 'NO_SECRET');
    },
  },
];

/** What every secret driver promises. */
export function secretSuite(options: SecretSuiteOptions): void {
  defineSuite<Place>(options.name, options, { secrets: SECRETS }, (place) => place);
}
