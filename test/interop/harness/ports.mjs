import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Ports of loopback that the system says are free. They are all held at once before any is let go, so they differ; between
 * that and their use another process may take one, and then the broker says so and the suite is started again.
 */
export async function freePorts(count) {
  const servers = [];
  for (let n = 0; n < count; n++) {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    servers.push(server);
  }
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
