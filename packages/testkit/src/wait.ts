/** Waits until `check` holds; raises what `what` says after `patience` ms. */
export async function waitUntil(
  what: string,
  check: () => boolean | Promise<boolean>,
  patience = 10_000,
): Promise<void> {
  const deadline = Date.now() + patience;
  while (!(await check())) {
    if (Date.now() > deadline) throw new Error(`waited ${patience} ms in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
