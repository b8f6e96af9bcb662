// A module augmentation reaches the whole program, so `predictions` is the one profile of all files in this folder.
import { Cached, cached, type ProfileName, type Ttl } from '@keepsake/core';
import { expectTypeOf } from 'expect-type';

declare module '@keepsake/core' {
  interface TtlProfiles {
    predictions: true;
  }
}

expectTypeOf<ProfileName>().toEqualTypeOf<'profile:predictions'>();

cached(async () => 1, 'profile:predictions');
cached(async () => 1, { ttl: () => 'profile:predictions' });
// @ts-expect-error no such profile
cached(async () => 1, 'profile:prediction');
// @ts-expect-error no such profile, in a policy
cached(async () => 1, { ttl: 'profile:prediction' });
// @ts-expect-error no such profile
export const wrong: Ttl = 'profile:prediction';

export class Models {
  @Cached('profile:predictions')
  async predict(): Promise<number> {
    return 1;
  }

  // @ts-expect-error no such profile
  @Cached('profile:prediction')
  async wrongName(): Promise<number> {
    return 1;
  }
}
