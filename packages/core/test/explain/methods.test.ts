import { Cached, handleOf } from '@keepsake/core';
import { fixture } from '../functions/fixture.js';

describe('an explanation of a decorated method', () => {
  const { cache } = fixture();

  class Users {
    readonly tenant: string;

    constructor(tenant: string) {
      this.tenant = tenant;
    }

    @Cached({ cache, ttl: '5m', perInstance: (self: Users) => self.tenant })
    async find(id: string) {
      return `${this.tenant}/${id}`;
    }
  }

  it('is one of the call on that instance', async () => {
    const [a, b] = [new Users('a'), new Users('b')];
    await a.find('42');
    expect(await handleOf(a, 'find').explain('42')).toMatchObject({
      key: handleOf(a, 'find').keyOf('42'),
      verdict: 'hit',
      rules: { ttl: 300_000 },
    });
    expect((await handleOf(b, 'find').explain('42')).verdict).toBe('load');
    expect((await handleOf(a, 'find').explain('43')).verdict).toBe('load');
  });
});
