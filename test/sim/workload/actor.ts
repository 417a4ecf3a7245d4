/** Somebody who uses the broker, and what each of them has at hand: a client and chances of its own, and what all of them share. */
import type { Prng } from '../../../src/base/prng.js';
import type { History } from '../history.js';
import type { World } from '../world.js';
import type { Client } from './client.js';
import type { Gate } from './gate.js';

export interface Means {
  readonly world: World;
  readonly history: History;
  readonly gate: Gate;
  readonly client: Client;
  readonly prng: Prng;
}

export abstract class Actor {
  protected readonly world: World;
  protected readonly history: History;
  protected readonly gate: Gate;
  protected readonly client: Client;
  protected readonly prng: Prng;

  constructor({ world, history, gate, client, prng }: Means) {
    this.world = world;
    this.history = history;
    this.gate = gate;
    this.client = client;
    this.prng = prng;
  }

  protected get name(): string {
    return this.client.name;
  }

  protected note(what: string): void {
    this.world.trace.note(this.name, what);
  }
}
