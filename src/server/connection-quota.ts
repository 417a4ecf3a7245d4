/** How many connections there may be: in all, and from one address. Pure counting; the server asks before it accepts. */
import { UserError } from '../base/errors.js';

export interface QuotaLimits {
  readonly maxConnections: number;
  readonly maxConnectionsPerIp: number;
}

export class ConnectionQuota {
  readonly #ofIp: ReadonlyMap<string, number>;
  readonly #systemMax: number;
  readonly #byIp = new Map<string, number>();
  #count = 0;

  /**
   * @param ofIp addresses with a limit of their own
   * @param systemMax what the system lets us have, files set aside
   */
  constructor(ofIp: ReadonlyMap<string, number>, systemMax: number) {
    this.#ofIp = ofIp;
    this.#systemMax = systemMax;
  }

  /** Null: counted, to be given back by `closed`. Else why there is no room. */
  opened(ip: string, { maxConnections, maxConnectionsPerIp }: QuotaLimits): string | null {
    if (this.#count >= maxConnections) return `max.connections=${maxConnections} are open`;
    if (this.#count >= this.#systemMax)
      return `${this.#count} are open, and the limit of open files (ulimit -n) must leave room for the logs`;
    const ofIp = this.#byIp.get(ip) ?? 0;
    const own = this.#ofIp.get(ip);
    if (own !== undefined && ofIp >= own) return `max.connections.per.ip.overrides lets ${ip} have ${own}`;
    if (own === undefined && ofIp >= maxConnectionsPerIp)
      return `max.connections.per.ip=${maxConnectionsPerIp} are open from there`;
    this.#byIp.set(ip, ofIp + 1);
    this.#count += 1;
    return null;
  }

  closed(ip: string): void {
    this.#count -= 1;
    const left = this.#byIp.get(ip)! - 1;
    if (left === 0) this.#byIp.delete(ip);
    else this.#byIp.set(ip, left);
  }
}

/**
 * Reads `127.0.0.1:200,[::1]:10`. Names are not resolved, but for `localhost`: an address that a name server gives today is
 * another tomorrow, and a limit that silently ceases to hold is none.
 * @throws UserError CONFIG_INVALID
 */
export function parseIpOverrides(raw: string): Map<string, number> {
  const overrides = new Map<string, number>();
  for (const part of raw.split(',').map((each) => each.trim())) {
    if (part === '') continue;
    const match = /^(?:\[([0-9a-fA-F:.]+)\]|([0-9a-fA-F:.]+)|(localhost)):(\d{1,9})$/.exec(part);
    if (!match) {
      throw new UserError(
        'CONFIG_INVALID',
        `Invalid value ${raw} for configuration max.connections.per.ip.overrides: ${part} is not address:count.`,
        'Write addresses, not names, for example 10.0.0.7:200,[fd00::7]:10.',
      );
    }
    const count = Number(match[4]);
    if (match[3] !== undefined) overrides.set('127.0.0.1', count).set('::1', count);
    else overrides.set((match[1] ?? match[2]!).toLowerCase(), count);
  }
  return overrides;
}
