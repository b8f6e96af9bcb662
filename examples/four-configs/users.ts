import { Cached, getCache } from 'keepsake';

export interface User {
  readonly id: string;
  readonly joinedAt: Date;
}

/** The annotated service. No word of where its results are kept. */
export class Users {
  /** How often the "database" was asked. */
  loads = 0;

  @Cached({
    id: 'Users.find',
    ttl: 'profile:users',
    tags: (id: string) => [`user:${id}`],
    perInstance: false,
  })
  async find(id: string): Promise<User> {
    this.loads += 1;
    return { id, joinedAt: new Date(Number(id) * 86_400_000) };
  }

  async rename(id: string): Promise<void> {
    await getCache().invalidateTags([`user:${id}`]);
  }
}
