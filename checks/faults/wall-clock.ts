const machineNow = Date.now.bind(Date);
const MachineDate = Date;
let offset = 0;

/** Epoch ms by the machine's clock, whatever was done to that of the process. */
export { machineNow };

/** A process that starts with a wrong clock: `Date` and what the process says of its own start are off by `by` ms. */
export function startShifted(by: number): void {
  shiftWallClock(by);
  const timeOrigin = performance.timeOrigin + by;
  Object.defineProperty(performance, 'timeOrigin', { value: timeOrigin, configurable: true });
}

/** Somebody sets the machine's clock while the process runs: `Date` jumps by `by` ms, monotonic time does not. */
export function shiftWallClock(by: number): void {
  offset += by;
  globalThis.Date = class extends MachineDate {
    constructor(...given: [] | [number | string | Date]) {
      super(given.length === 0 ? machineNow() + offset : (given[0] as number));
    }
    static override now(): number {
      return machineNow() + offset;
    }
  } as DateConstructor;
}
