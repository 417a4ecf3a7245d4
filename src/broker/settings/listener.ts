import { UserError } from '../../base/errors.js';

export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/**
 * Reads `PLAINTEXT://host:port`, `host:port` or, for IPv6, `[::1]:9092`; an empty host is every interface, as in Kafka.
 * @throws UserError CONFIG_INVALID naming the setting
 */
export function parseListener(setting: string, raw: string): HostPort {
  const match = /^(?:([A-Za-z0-9_]+):\/\/)?(\[[0-9a-fA-F:.]+\]|[^:/[\]]*):(\d{1,5})$/.exec(raw.trim());
  const port = Number(match?.[3]);
  if (!match || port > 65535) {
    throw new UserError(
      'CONFIG_INVALID',
      `Invalid value ${raw} for configuration ${setting}: expected PLAINTEXT://host:port.`,
      'One listener is supported, for example PLAINTEXT://127.0.0.1:9092.',
    );
  }
  const protocol = match[1]?.toUpperCase() ?? 'PLAINTEXT';
  if (protocol !== 'PLAINTEXT') {
    throw new UserError(
      'CONFIG_INVALID',
      `Invalid value ${raw} for configuration ${setting}: the protocol ${protocol} is not supported.`,
      'Only PLAINTEXT listeners are supported so far; put a TLS proxy in front where one is needed.',
    );
  }
  const host = (match[2] ?? '').replace(/^\[|\]$/g, '');
  return { host: host === '' ? '0.0.0.0' : host, port };
}
