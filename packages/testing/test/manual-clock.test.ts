import { manualClock } from '@keepsake/testing';

describe('manualClock', () => {
  it('stands still until it is moved', async () => {
    const clock = manualClock(1000);
    expect(clock.now()).toBe(1000);
    await clock.advance('1s');
    expect(clock.now()).toBe(2000);
  });

  it('runs due timers in their order, each at its own instant', async () => {
    const clock = manualClock(0);
    const ran: string[] = [];
    clock.after(30, () => ran.push(`c@${clock.now()}`));
    clock.after(10, () => ran.push(`a@${clock.now()}`));
    clock.after(10, () => ran.push(`b@${clock.now()}`));
    clock.after(31, () => ran.push('late'));
    await clock.advance(30);
    expect(ran).toEqual(['a@10', 'b@10', 'c@30']);
    expect(clock.pending).toBe(1);
  });

  it('runs timers that are set by timers and by promise reactions meanwhile', async () => {
    const clock = manualClock(0);
    const ran: number[] = [];
    clock.after(10, () => {
      void Promise.resolve()
        .then(() => undefined)
        .then(() => clock.after(10, () => ran.push(clock.now())));
    });
    await clock.advance(25);
    expect(ran).toEqual([20]);
    expect(clock.now()).toBe(25);
  });

  it('settles reactions between two timers', async () => {
    const clock = manualClock(0);
    const ran: string[] = [];
    clock.after(1, () => void Promise.resolve().then(() => ran.push('reaction')));
    clock.after(2, () => ran.push('timer'));
    await clock.advance(5);
    expect(ran).toEqual(['reaction', 'timer']);
  });

  it('forgets a cancelled timer', async () => {
    const clock = manualClock();
    const timer = clock.after(10, () => {
      throw new Error('cancelled');
    });
    timer.cancel();
    timer.cancel();
    expect(clock.pending).toBe(0);
    await clock.advance(20);
  });

  it('jumps without running what falls due, which then runs late', async () => {
    const clock = manualClock(0);
    const ran: number[] = [];
    clock.after(10, () => ran.push(clock.now()));
    clock.set(500);
    expect(ran).toEqual([]);
    await clock.advance(0);
    expect(ran).toEqual([500]);
  });

  it('refuses to run backwards', () => {
    const clock = manualClock(1000);
    expect(() => clock.set(999)).toThrow('Allowed: an instant from 1000 on');
    expect(() => clock.set(Number.NaN)).toThrow('NaN');
  });
});
