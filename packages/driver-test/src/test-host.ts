import { CLOCK, type Clock, DRIVER_OPTIONS, inject, injectable, type InjectionToken } from '@virtkit/core/driver';
import { readXml } from '@virtkit/core/conf';
import { FaultPlan } from './faults/fault-plan.js';
import { DEFAULT_NODE_XML } from './node/default-node.js';
import { loadNode } from './node/load-node.js';
import { checkOptions, type TestDriverOptions } from './options.js';
import { TestNode } from './state/test-node.js';
import { createTables, type Tables } from './tables.js';

export const TEST_HOST: InjectionToken<TestHost> = Symbol('TestHost');

interface SharedNode {
  readonly node: TestNode;
  readonly tables: Tables;
}

/** What the connections of one host share. */
@injectable()
export class TestHost {
  readonly options: TestDriverOptions;
  readonly faults: FaultPlan;
  #shared: SharedNode | undefined;
  #users = 0;

  constructor(
    @inject(CLOCK) readonly clock: Clock,
    @inject(DRIVER_OPTIONS) options: Readonly<Record<string, unknown>>,
  ) {
    this.options = checkOptions(options);
    this.faults = new FaultPlan(this.options.faults, clock);
  }

  /** The node of `test:///default`: made for the first connection, the same for those that come while one is open. */
  acquireDefault(): SharedNode {
    this.#shared ??= this.#createDefault();
    this.#users++;
    return this.#shared;
  }

  /** With its last connection the node is forgotten. */
  releaseDefault(): void {
    if (--this.#users === 0) this.#shared = undefined;
  }

  #createDefault(): SharedNode {
    const node = new TestNode(this.clock);
    loadNode(node, readXml(DEFAULT_NODE_XML), '/');
    return { node, tables: createTables(node) };
  }
}
