/** Steps that undo what was done so far, for when the rest fails. */
export class UndoStack {
  readonly #steps: (() => unknown)[] = [];

  /** Adds the step that undoes what has just been done. */
  push(undo: () => unknown): void {
    this.#steps.push(undo);
  }

  /** All went well: nothing will be undone. */
  clear(): void {
    this.#steps.length = 0;
  }

  /** Undoes everything, the last step first. A step that fails does not keep the others; its error goes to `failed`. */
  async run(failed: (error: unknown) => void = () => undefined): Promise<void> {
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) {
      try {
        await step();
      } catch (error) {
        failed(error);
      }
    }
  }
}
