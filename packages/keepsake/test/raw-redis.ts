import { connect } from 'node:net';

/** Sends one command past all clients, to do to a server what Keepsake would not. The reply as it came. */
export function rawRedis(port: number, ...command: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const parts = command.map((part) => `$${Buffer.byteLength(part)}\r\n${part}\r\n`);
    const socket = connect(port, '127.0.0.1', () => socket.write(`*${parts.length}\r\n${parts.join('')}`));
    socket.once('error', reject);
    socket.once('data', (reply) => {
      socket.destroy();
      resolve(reply.toString());
    });
  });
}
