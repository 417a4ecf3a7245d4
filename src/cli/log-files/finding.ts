/** What `log verify` has to say about a file. */

export interface Finding {
  /**
   * `damage`: bytes that were whole once are wrong or missing. `torn`: what an unclean stop leaves, never acknowledged, and cut off by the
   * next start. `note`: worth knowing.
   */
  readonly severity: 'damage' | 'torn' | 'note';
  readonly file: string;
  /** In the file; null: it is not about one place. */
  readonly position: number | null;
  readonly what: string;
}

/** Of one log, named singly; a disk that went bad has millions. */
const FINDINGS_MAX = 100;

export class Findings {
  readonly #list: Finding[] = [];
  readonly #counts = { damage: 0, torn: 0, note: 0 };

  add(severity: Finding['severity'], file: string, position: number | null, what: string): void {
    this.#counts[severity]++;
    if (this.#list.length < FINDINGS_MAX) this.#list.push({ severity, file, position, what });
  }

  get list(): readonly Finding[] {
    return this.#list;
  }

  /** Those beyond what is named. */
  get unnamed(): number {
    const { damage, torn, note } = this.#counts;
    return damage + torn + note - this.#list.length;
  }

  get state(): 'sound' | 'torn' | 'damaged' {
    if (this.#counts.damage > 0) return 'damaged';
    return this.#counts.torn > 0 ? 'torn' : 'sound';
  }
}
