/** What clients may do now: nothing while the broker's word is checked, bring old requests to their end, or begin new ones too. */
export type Allowed = 'nothing' | 'the old' | 'the new';

export class Gate {
  #allowed: Allowed;
  #waiting: { readonly what: Allowed; readonly resolve: () => void }[] = [];

  constructor(allowed: Allowed) {
    this.#allowed = allowed;
  }

  get allowed(): Allowed {
    return this.#allowed;
  }

  allow(what: Allowed): void {
    this.#allowed = what;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const each of waiting) {
      if (this.admits(each.what)) each.resolve();
      else this.#waiting.push(each);
    }
  }

  /** Resolves when `what` is allowed. */
  async passed(what: Allowed): Promise<void> {
    while (!this.admits(what)) await new Promise<void>((resolve) => this.#waiting.push({ what, resolve }));
  }

  admits(what: Allowed): boolean {
    return what === 'nothing' || what === this.#allowed || this.#allowed === 'the new';
  }
}
