import type { SharedMemory } from '@keepsake/testing';

/** What is wrong with a server: it refuses; it does what it is asked and says it did not; it does nothing until it thaws. */
export type Fault = 'down' | 'mute' | 'freeze';

/** What is wrong with the server now. */
export class Outage {
  readonly #server: SharedMemory;
  #thawed: Promise<void> | undefined;
  #thaw: () => void = () => undefined;

  constructor(server: SharedMemory) {
    this.#server = server;
  }

  /** Settles when the server does something again; `undefined` if it does. */
  get thawed(): Promise<void> | undefined {
    return this.#thawed;
  }

  begin(fault: Fault): void {
    if (fault !== 'freeze') this.#server.fault(fault);
    else {
      this.#thawed ??= new Promise((resolve) => {
        this.#thaw = resolve;
      });
    }
  }

  end(): void {
    this.#server.fault(undefined);
    this.#thawed = undefined;
    this.#thaw();
  }
}
