import { inWords, tagInWords } from '../../src/explain/in-words.js';

describe('a length of time in words', () => {
  it.each([
    [0, '0 ms'],
    [0.04, '0 ms'],
    [1.26, '1.3 ms'],
    [250.4, '250 ms'],
    [999.4, '999 ms'],
    [999.6, '1 s'],
    [1000, '1 s'],
    [1234, '1.2 s'],
    [9960, '10 s'],
    [59_400, '59 s'],
    [59_600, '1 min'],
    [90_000, '1.5 min'],
    [240_000, '4 min'],
    [3_599_000, '1 h'],
    [86_399_000, '1 d'],
    [36 * 3_600_000, '1.5 d'],
    [1000 * 86_400_000, '1000 d'],
    [Number.POSITIVE_INFINITY, 'forever'],
  ])('%p ms is %p', (ms, words) => {
    expect(inWords(ms)).toBe(words);
  });
});

describe('a tag in words', () => {
  it.each([
    ['team:7', 'team:7'],
    ['\0n:keepsake', 'the whole cache'],
    ['\0n:keepsake/a%2Fb', "namespace 'a/b'"],
    ['\0f:keepsake/users:findUser:', 'the whole function'],
  ])('%j is %p', (tag, words) => {
    expect(tagInWords(tag)).toBe(words);
  });
});
