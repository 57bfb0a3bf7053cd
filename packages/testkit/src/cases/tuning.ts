import { DomainMemoryModFlags, DomainModificationImpact, DomainVcpuFlags, DomainXMLFlags } from '@virtkit/core/util';
import { readXml, childOf } from '@virtkit/core/conf';
import { expect } from 'vitest';
import { expectError } from '../expect-error.js';
import type { HypervisorContext } from '../hypervisor-suite.js';
import type { Case } from '../suite.js';

export const TUNING_CASES: readonly Case<HypervisorContext>[] = [
  {
    name: 'changes the memory of the definition',
    needs: ['domainDefineXML', 'domainSetMemoryFlags'],
    async run({ define }) {
      const domain = await define('one');
      const { maxMem } = await domain.getInfo();
      await domain.setMemoryFlags(maxMem / 2n, DomainMemoryModFlags.CONFIG);
      const root = readXml(await domain.getXMLDesc(DomainXMLFlags.INACTIVE));
      expect(childOf(root, 'currentMemory')?.text).toBe(String(maxMem / 2n));
    },
  },
  {
    name: 'refuses more memory than the maximum',
    needs: ['domainDefineXML', 'domainSetMemoryFlags'],
    async run({ define }) {
      const domain = await define('one');
      const { maxMem } = await domain.getInfo();
      await expectError(domain.setMemoryFlags(maxMem * 2n, DomainMemoryModFlags.CONFIG), 'INVALID_ARG');
      expect((await domain.getInfo()).maxMem).toBe(maxMem);
    },
  },
  {
    name: 'refuses to change the running guest of a domain that does not run',
    needs: ['domainDefineXML', 'domainSetMemoryFlags', 'domainSetVcpusFlags'],
    async run({ define }) {
      const domain = await define('one');
      await expectError(domain.setMemoryFlags(1024n, DomainMemoryModFlags.LIVE), 'OPERATION_INVALID');
      await expectError(domain.setVcpusFlags(1, DomainVcpuFlags.LIVE), 'OPERATION_INVALID');
    },
  },
  {
    name: 'changes the number of virtual processors of the definition',
    needs: ['domainDefineXML', 'domainSetVcpusFlags', 'domainGetVcpusFlags'],
    async run({ define }) {
      const domain = await define('one');
      const { CONFIG, MAXIMUM } = DomainVcpuFlags;
      await domain.setVcpusFlags(2, CONFIG | MAXIMUM);
      expect(await domain.getVcpusFlags(CONFIG | MAXIMUM)).toBe(2);
      await domain.setVcpusFlags(1, CONFIG);
      expect(await domain.getVcpusFlags(CONFIG)).toBe(1);
    },
  },
  {
    name: 'keeps changes of the running guest and of its definition apart',
    needs: ['domainDefineXML', 'domainCreate', 'domainSetMetadata', 'domainGetMetadata'],
    async run({ start }) {
      const domain = await start('one');
      const { LIVE, CONFIG } = DomainModificationImpact;
      await domain.setMetadata(1, 'live', null, null, LIVE);
      await domain.setMetadata(1, 'config', null, null, CONFIG);
      expect(await domain.getMetadata(1, null, LIVE)).toBe('live');
      expect(await domain.getMetadata(1, null, CONFIG)).toBe('config');
      await domain.destroy();
      expect(await domain.getMetadata(1, null, CONFIG)).toBe('config');
    },
  },
];
