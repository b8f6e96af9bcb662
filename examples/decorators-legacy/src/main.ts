import 'reflect-metadata';
import assert from 'node:assert/strict';
import { Cached, closeAll, getCache, handleOf, POLICY_METADATA, policyOf } from 'keepsake';

/** What many libraries do: a note on the method, for whoever calls it. */
function Role(role: string) {
  return (_target: object, _name: string, descriptor: PropertyDescriptor): void => {
    Reflect.defineMetadata('role', role, descriptor.value as object);
  };
}

let loads = 0;

class Reports {
  @Role('auditor')
  @Cached({ ttl: '1h', key: (year: number) => year, tags: ['reports'] })
  async yearly(year: number, _requestId: string): Promise<string> {
    loads += 1;
    return `report of ${year}`;
  }

  @Cached('5m')
  @Role('reader')
  async latest(): Promise<string> {
    loads += 1;
    return 'the latest report';
  }
}

const reports = new Reports();

console.log(await reports.yearly(2025, 'request 1'), '/', await reports.yearly(2025, 'request 2'));
console.log(await reports.latest(), '/', await reports.latest());
assert.equal(loads, 2);

console.log('the policy is readable from the method:', policyOf(reports.latest));
assert.equal(Reflect.getMetadata(POLICY_METADATA, Reports.prototype, 'latest'), policyOf(reports.latest));

const roles = [reports.yearly, reports.latest].map((method) => Reflect.getMetadata('role', method));
console.log('other decorators keep their metadata, above and below:', roles);
assert.deepEqual(roles, ['auditor', 'reader']);

console.log('deleted by its arguments:', await handleOf(reports, 'yearly').delete(2025, 'any request'));
await getCache().invalidateTags(['reports']);
await reports.yearly(2025, 'request 3');
assert.equal(loads, 3);
console.log(getCache().stats().tiers);
await closeAll();
