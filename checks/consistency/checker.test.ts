import { check } from './checker.js';
import type { Blocked, Disturbance, History, Read, Write } from './history.js';
import { staleness } from './staleness.js';

const LIMITS = { calm: 50, disturbed: 1000 };

const read = (process: number, start: number, version: number, end = start + 1): Read => ({
  process,
  client: 0,
  key: 'a',
  start,
  end,
  version,
});
const write = (process: number, acknowledged: number | undefined, version: number): Write => ({
  process,
  client: 0,
  key: 'a',
  via: 'delete',
  version,
  start: 0,
  bumped: 0,
  acknowledged,
});
const blocked = (process: number, from: number, to: number): Blocked => ({ process, from, to });
const cut = (from: number, to: number, process?: number): Disturbance =>
  process === undefined ? { what: 'cut', from, to } : { what: 'cut', from, to, process };

const rulesBrokenBy = (part: Partial<History>): readonly string[] =>
  check({ reads: [], writes: [], blocked: [], disturbances: [], last: [], truth: {}, ...part }, LIMITS).map(
    ({ rule }) => rule,
  );

const FOLLOW = 'others follow in time';

describe('other processes', () => {
  it('may be behind for as long as the limit says, and no longer', () => {
    const writes = [write(0, 100, 1)];
    expect(rulesBrokenBy({ writes, reads: [read(1, 150, 0)] })).toEqual([]);
    expect(rulesBrokenBy({ writes, reads: [read(1, 150.1, 0)] })).toEqual([FOLLOW]);
    expect(rulesBrokenBy({ writes, reads: [read(1, 200, 1), read(1, 210, 2)] })).toEqual([]);
  });

  it('are judged by when a read starts, not by when it ends', () => {
    expect(rulesBrokenBy({ writes: [write(0, 100, 1)], reads: [read(1, 140, 0, 9000)] })).toEqual([]);
  });

  it('are held to the newest of several invalidations, in whatever order they were acknowledged', () => {
    const writes = [write(0, 100, 2), write(2, 120, 1)];
    expect(rulesBrokenBy({ writes, reads: [read(1, 300, 1)] })).toEqual([FOLLOW]);
    expect(rulesBrokenBy({ writes, reads: [read(1, 160, 0)] })).toEqual([FOLLOW]);
  });

  it('owe nothing to an invalidation that was rejected, nor to one of another key', () => {
    expect(rulesBrokenBy({ writes: [write(0, undefined, 1)], reads: [read(1, 900, 0)] })).toEqual([]);
    expect(rulesBrokenBy({ writes: [{ ...write(0, 1, 1), key: 'b' }], reads: [read(1, 900, 0)] })).toEqual(
      [],
    );
  });

  it('are given the time that their own event loop was blocked, and not that of others', () => {
    const late = { writes: [write(0, 100, 1)], reads: [read(1, 180, 0)] };
    expect(rulesBrokenBy({ ...late, blocked: [blocked(1, 120, 151)] })).toEqual([]);
    expect(rulesBrokenBy({ ...late, blocked: [blocked(1, 120, 149)] })).toEqual([FOLLOW]);
    expect(rulesBrokenBy({ ...late, blocked: [blocked(2, 120, 170)] })).toEqual([FOLLOW]);
    expect(rulesBrokenBy({ ...late, blocked: [blocked(1, 10, 90)] })).toEqual([FOLLOW]);
  });

  it('have a second from the end of what was broken around the acknowledgement', () => {
    const late = (start: number): Partial<History> => ({
      writes: [write(0, 100, 1)],
      reads: [read(1, start, 0)],
    });
    expect(rulesBrokenBy({ ...late(1399), disturbances: [cut(90, 400)] })).toEqual([]);
    expect(rulesBrokenBy({ ...late(1401), disturbances: [cut(90, 400)] })).toEqual([FOLLOW]);
    expect(rulesBrokenBy({ ...late(1099), disturbances: [cut(-500, -400)] })).toEqual([]);
    expect(rulesBrokenBy({ ...late(1101), disturbances: [cut(-500, -400)] })).toEqual([FOLLOW]);
    expect(rulesBrokenBy({ ...late(300), disturbances: [cut(-2000, -1000)] })).toEqual([FOLLOW]);
  });

  it('are not excused by what is broken later, nor by what is broken elsewhere', () => {
    const late = { writes: [write(0, 100, 1)], reads: [read(1, 300, 0)] };
    expect(rulesBrokenBy({ ...late, disturbances: [cut(200, 400)] })).toEqual([FOLLOW]);
    expect(rulesBrokenBy({ ...late, disturbances: [cut(100, 200, 2)] })).toEqual([FOLLOW]);
    expect(rulesBrokenBy({ ...late, disturbances: [cut(100, 200, 1)] })).toEqual([]);
  });
});

describe('a process that is blocked between an acknowledgement and a disturbance', () => {
  const late = { writes: [write(0, 100, 1)], reads: [read(1, 400, 0)], disturbances: [cut(160, 500)] };

  it('is disturbed if it had no more than the limit of its own time before that', () => {
    expect(rulesBrokenBy({ ...late, blocked: [blocked(1, 95, 155)] })).toEqual([]);
  });

  it('is not if it had more', () => {
    expect(rulesBrokenBy({ ...late, blocked: [blocked(1, 95, 110)] })).toEqual([]);
    expect(rulesBrokenBy({ ...late, blocked: [blocked(1, 95, 108)] })).toEqual([FOLLOW]);
    expect(rulesBrokenBy({ ...late, blocked: [blocked(2, 95, 155)] })).toEqual([FOLLOW]);
  });
});

describe('the invalidating process', () => {
  it('follows at once, whatever is broken or blocked', () => {
    const writes = [write(1, 100, 1)];
    const excuses = { blocked: [blocked(1, 90, 300)], disturbances: [cut(90, 300)] };
    expect(rulesBrokenBy({ writes, reads: [read(1, 101, 0)], ...excuses })).toEqual([
      'the invalidating process follows at once',
    ]);
  });

  it('may see the old value in reads that started before the acknowledgement', () => {
    expect(rulesBrokenBy({ writes: [write(1, 100, 1)], reads: [read(1, 100, 0, 500)] })).toEqual([]);
  });
});

describe('reads of one process', () => {
  it('never go back', () => {
    expect(rulesBrokenBy({ reads: [read(1, 10, 2), read(1, 20, 1)] })).toEqual([
      'reads of a process never go back',
    ]);
  });

  it('may differ while they overlap, and between processes', () => {
    expect(rulesBrokenBy({ reads: [read(1, 10, 2, 30), read(1, 20, 1)] })).toEqual([]);
    expect(rulesBrokenBy({ reads: [read(1, 10, 2), read(2, 20, 1)] })).toEqual([]);
  });
});

describe('when all is quiet', () => {
  it('every process reads the truth, no older and no newer version', () => {
    const last = [read(0, 10, 1), read(1, 10, 2), read(2, 10, 3)];
    const broken = check(
      { reads: [], writes: [], blocked: [], disturbances: [], last, truth: { a: 2 } },
      LIMITS,
    );
    expect(broken.map(({ rule, read: { process } }) => [rule, process])).toEqual([
      ['all processes come to the truth', 0],
      ['all processes come to the truth', 2],
    ]);
  });
});

describe('a violation', () => {
  it('names the read, the event that it contradicts and how late it is', () => {
    const cause = write(0, 100, 4);
    const late = read(1, 230, 3);
    const history = { reads: [late], writes: [cause], disturbances: [], last: [], truth: {} };
    expect(check({ ...history, blocked: [blocked(1, 150, 180)] }, LIMITS)).toEqual([
      { rule: FOLLOW, read: late, least: 4, cause, late: 50 },
    ]);
  });
});

describe('the greatest staleness', () => {
  it('is that of the stalest read, apart for what was disturbed', () => {
    const history: History = {
      writes: [write(0, 100, 1), write(0, 5000, 2)],
      reads: [read(1, 130, 0), read(1, 131, 1), read(1, 5600, 1), read(0, 200, 0)],
      blocked: [blocked(1, 110, 120)],
      disturbances: [cut(4900, 5400)],
      last: [],
      truth: {},
    };
    expect(staleness(history, LIMITS)).toEqual({ calm: 20, disturbed: 200 });
  });
});
