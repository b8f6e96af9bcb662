import { connect, createServer, type Server, type Socket } from 'node:net';

/** A TCP proxy in front of a server: what passes is late by `delay` ms each way, and it can be cut. */
export class SlowWire {
  readonly #port: number;
  readonly #delay: number;
  readonly #sockets = new Set<Socket>();
  readonly #server: Server = createServer((near) => this.#accept(near));
  #cut = false;

  private constructor(port: number, delay: number) {
    this.#port = port;
    this.#delay = delay;
  }

  static async before(port: number, delay = 0): Promise<SlowWire> {
    const wire = new SlowWire(port, delay);
    await new Promise<void>((resolve) => wire.#server.listen(0, '127.0.0.1', resolve));
    return wire;
  }

  get url(): string {
    return `redis://127.0.0.1:${(this.#server.address() as { port: number }).port}`;
  }

  /** Ends every connection and refuses new ones. */
  cut(): void {
    this.#cut = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  restore(): void {
    this.#cut = false;
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #accept(near: Socket): void {
    near.on('error', () => {});
    if (this.#cut) {
      near.destroy();
      return;
    }
    const far = connect(this.#port, '127.0.0.1');
    this.#join(near, far);
    this.#join(far, near);
  }

  #join(from: Socket, to: Socket): void {
    this.#sockets.add(from);
    from.setNoDelay(true);
    from.on('data', (data: Buffer) => this.#later(() => to.write(data)));
    from.on('error', () => {});
    from.on('close', () => {
      this.#sockets.delete(from);
      to.destroy();
    });
  }

  #later(write: () => void): void {
    if (this.#delay === 0) write();
    else setTimeout(write, this.#delay);
  }
}
