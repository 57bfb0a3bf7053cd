// The frame of the suites: what is skipped, what counts as a known gap, and that a suite can fail at all.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const fixtures = fileURLToPath(new URL('./fixtures', import.meta.url));
const vitest = fileURLToPath(new URL('../../../node_modules/vitest/vitest.mjs', import.meta.url));

interface Report {
  readonly testResults: readonly {
    readonly assertionResults: readonly { readonly title: string; readonly status: string }[];
  }[];
}

it('runs, skips and fails as its cases say', { timeout: 60_000 }, async () => {
  const stdout = await new Promise<string>((resolve) => {
    execFile(process.execPath, [vitest, 'run', '--root', fixtures, '--reporter=json'], { cwd: fixtures }, (_, out) =>
      resolve(out),
    );
  });
  const { testResults } = JSON.parse(stdout.slice(stdout.indexOf('{'))) as Report;
  const found = Object.fromEntries(
    testResults.flatMap(({ assertionResults }) => assertionResults.map(({ title, status }) => [title, status])),
  );
  expect(found).toEqual({
    holds: 'passed',
    'does not hold': 'failed',
    'needs what the driver lacks': 'skipped',
    'needs what the driver has': 'passed',
    'needs another connection': 'skipped',
    'says nothing here': 'skipped',
    'is a gap (known gap: known)': 'passed',
    'is a gap that closed (known gap: known)': 'failed',
    'wants an error and gets none': 'failed',
    'wants our error and gets another': 'failed',
    'knows every known gap by name': 'failed',
  });
});
