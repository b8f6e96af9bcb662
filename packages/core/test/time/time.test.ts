import { type Duration, milliseconds, systemClock } from '@keepsake/core';

describe('milliseconds', () => {
  it.each<[Duration, number]>([
    [1, 1],
    [0.5, 0.5],
    [86_400_000, 86_400_000],
    ['1ms', 1],
    ['500ms', 500],
    ['1s', 1000],
    ['1.5s', 1500],
    ['5m', 300_000],
    ['2h', 7_200_000],
    ['1d', 86_400_000],
    ['1w', 604_800_000],
    ['52w', 31_449_600_000],
    ['forever', Number.POSITIVE_INFINITY],
    [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
  ])('reads %p as %p', (duration, ms) => {
    expect(milliseconds(duration, 'ttl')).toBe(ms);
  });

  it.each<[unknown]>([
    [0],
    [-1],
    [Number.NaN],
    [Number.NEGATIVE_INFINITY],
    [''],
    ['5'],
    ['m'],
    ['5M'],
    ['5 m'],
    [' 5m'],
    ['5m '],
    ['-5m'],
    ['0m'],
    ['0.0s'],
    ['.5s'],
    ['5.s'],
    ['1e3ms'],
    ['5mm'],
    ['5min'],
    ['Infinity'],
    ['never'],
    [null],
    [undefined],
    [true],
    [{}],
    [[5]],
    [10n],
  ])('refuses %p, and names the option, what was given and what is allowed', (duration) => {
    expect(() => milliseconds(duration as Duration, 'staleAfter')).toThrow(
      expect.objectContaining({
        code: 'CACHE_CONFIG',
        message: expect.stringMatching(/^staleAfter: .* is not a duration\. Allowed: .*'5m'.*'forever'/),
      }),
    );
  });
});

describe('the clock of the system', () => {
  afterEach(() => {
    jest.restoreAllMocks();
    jest.useRealTimers();
  });

  it('shows the time of day', () => {
    expect(Math.abs(systemClock.now() - Date.now())).toBeLessThan(5000);
  });

  it('is not moved by a wall clock that is set back or forward', () => {
    const before = systemClock.now();
    const spy = jest.spyOn(Date, 'now');
    for (const offset of [-3_600_000, 90_000]) {
      spy.mockReturnValue(before + offset);
      expect(systemClock.now() - before).toBeGreaterThanOrEqual(0);
      expect(systemClock.now() - before).toBeLessThan(1000);
    }
  });

  it('never runs backwards', () => {
    let last = systemClock.now();
    for (let i = 0; i < 10_000; i++) {
      const now = systemClock.now();
      expect(now).toBeGreaterThanOrEqual(last);
      last = now;
    }
  });

  it.each([0, -5, 1, 1000])('runs a task once, %p ms later', (delay) => {
    jest.useFakeTimers();
    const task = jest.fn();
    systemClock.after(delay, task);
    jest.advanceTimersByTime(Math.max(0, delay - 1));
    if (delay > 0) expect(task).not.toHaveBeenCalled();
    jest.advanceTimersByTime(2);
    jest.advanceTimersByTime(10_000);
    expect(task).toHaveBeenCalledTimes(1);
  });

  it.each([2 ** 31, 2 ** 31 + 5, 3 * 2 ** 31, Number.MAX_SAFE_INTEGER])(
    'runs no task early, however long it has to wait: %p ms',
    (delay) => {
      jest.useFakeTimers();
      const task = jest.fn();
      systemClock.after(delay, task);
      const end = Math.min(delay, 4 * 2 ** 31);
      jest.advanceTimersByTime(end - 1);
      expect(task).not.toHaveBeenCalled();
      jest.advanceTimersByTime(1);
      expect(task).toHaveBeenCalledTimes(end === delay ? 1 : 0);
    },
  );

  it('never runs a task that is for ever away', () => {
    jest.useFakeTimers();
    const task = jest.fn();
    const timer = systemClock.after(Number.POSITIVE_INFINITY, task);
    jest.advanceTimersByTime(4 * 2 ** 31);
    expect(task).not.toHaveBeenCalled();
    timer.cancel();
    expect(jest.getTimerCount()).toBe(0);
  });

  it.each([5, 3 * 2 ** 31])('forgets a task that is cancelled: %p ms', (delay) => {
    jest.useFakeTimers();
    const task = jest.fn();
    const timer = systemClock.after(delay, task);
    jest.advanceTimersByTime(delay - 1);
    timer.cancel();
    expect(jest.getTimerCount()).toBe(0);
    jest.advanceTimersByTime(10);
    expect(task).not.toHaveBeenCalled();
  });

  it('keeps the process alive for a task that holds it, and for no other', () => {
    jest.useFakeTimers();
    const spy = jest.spyOn(globalThis, 'setTimeout');
    const refs = (index: number) =>
      (spy.mock.results[index]?.value as { hasRef(): boolean } | undefined)?.hasRef();
    systemClock.after(1000, () => undefined);
    systemClock.after(1000, () => undefined, 'holds');
    expect([refs(0), refs(1)]).toEqual([false, true]);
  });
});
