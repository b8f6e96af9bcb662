import { connect, createServer, type Server, type Socket } from 'node:net';

/** A way to a server on which packets can vanish, without either side being told. */
export class TcpProxy {
  readonly #target: number;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #pipes: { readonly client: Socket; readonly server: Socket }[] = [];
  #mute = false;
  port = 0;

  private constructor(target: number) {
    this.#target = target;
    this.#server = createServer((socket) => this.#pass(socket));
  }

  static async to(port: number): Promise<TcpProxy> {
    const proxy = new TcpProxy(port);
    await new Promise<void>((ok) => proxy.#server.listen(0, '127.0.0.1', ok));
    proxy.port = (proxy.#server.address() as { port: number }).port;
    return proxy;
  }

  /** Forwards nothing more; connections stay open. */
  mute(): void {
    this.#mute = true;
    for (const { client, server } of this.#pipes) {
      client.unpipe(server);
      server.unpipe(client);
    }
  }

  /** Forwards again, over the old connections too where `old` says so. */
  heal(old: 'old too' | 'new only'): void {
    this.#mute = false;
    if (old === 'new only') return;
    for (const { client, server } of this.#pipes) {
      client.pipe(server);
      server.pipe(client);
    }
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((ok) => this.#server.close(ok));
  }

  #pass(client: Socket): void {
    const server = connect(this.#target, '127.0.0.1');
    this.#pipes.push({ client, server });
    for (const socket of [client, server]) {
      this.#sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => this.#sockets.delete(socket));
    }
    if (this.#mute) return;
    client.pipe(server);
    server.pipe(client);
  }
}
