import { readXml } from '@virtkit/core/conf';
import { CLOCK, type Clock, DRIVER_OPTIONS, inject, injectable, type InjectionToken } from '@virtkit/core/driver';
import { FaultPlan } from './faults/fault-plan.js';
import { DEFAULT_NODE_XML } from './node/default-node.js';
import { describeNode, type NodeDescription } from './node/describe-node.js';
import { populate } from './node/populate.js';
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
  #description: NodeDescription | undefined;
  #users = 0;

  constructor(
    @inject(CLOCK) readonly clock: Clock,
    @inject(DRIVER_OPTIONS) options: Readonly<Record<string, unknown>>,
  ) {
    this.options = checkOptions(options);
    this.faults = new FaultPlan(this.options.faults, clock);
  }

  /** The node of `test:///default`: new for the first connection, the same for those that come while one is open. */
  acquireDefault(): SharedNode {
    this.#shared ??= this.#createDefault();
    if (this.#users++ === 0) populate(this.#shared.node, this.#describeDefault());
    return this.#shared;
  }

  /** With its last connection the node forgets everything; its tables are kept for the next one. */
  releaseDefault(): void {
    if (--this.#users === 0) this.#shared?.node.clear();
  }

  #createDefault(): SharedNode {
    const node = new TestNode(this.clock);
    return { node, tables: createTables(node) };
  }

  #describeDefault(): NodeDescription {
    return (this.#description ??= describeNode(readXml(DEFAULT_NODE_XML), '/'));
  }
}
