/** A broker's error code, at the edge of the client, where a value becomes an exception for whoever called. */
import { errorMessage, errorName, isRetriable } from '../wire/errors.js';

export class KafkaError extends Error {
  override readonly name = 'KafkaError';
  /** Kafka's number; see wire/errors.ts. */
  readonly code: number;
  /** `UNKNOWN_TOPIC_OR_PARTITION` … */
  readonly errorName: string;
  /** Whether the same request may succeed when it is sent again. */
  readonly retriable: boolean;

  /**
   * @param about what the request was about: `topic orders`, `orders-3`, `group billing`
   * @param said the broker's own words, where the answer has room for them
   */
  constructor(code: number, about: string, said: string | null = null) {
    super(`${about}: ${errorName(code)}: ${said ?? errorMessage(code)}`);
    this.code = code;
    this.errorName = errorName(code);
    this.retriable = isRetriable(code);
  }
}
