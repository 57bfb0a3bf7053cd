/** How long an answer counts as current, in ms: shorter than anybody notices, longer than a client's burst of questions */
const LIFE = 1000;

/** Remembers answers for a moment, so that asking the same many times a second costs nothing. Failures are not remembered. */
export class BriefMemory<T> {
  readonly #answers = new Map<string, { readonly until: number; readonly answer: Promise<T> }>();

  get(question: string, ask: () => Promise<T>): Promise<T> {
    const now = performance.now();
    const known = this.#answers.get(question);
    if (known !== undefined && known.until > now) return known.answer;
    for (const [old, { until }] of this.#answers) if (until <= now) this.#answers.delete(old);
    const answer = ask();
    this.#answers.set(question, { until: now + LIFE, answer });
    answer.catch(() => {
      if (this.#answers.get(question)?.answer === answer) this.#answers.delete(question);
    });
    return answer;
  }
}
