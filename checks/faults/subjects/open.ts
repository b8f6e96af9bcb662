import type { SubjectName } from './names.js';
import type { OpenSubject } from './subject.js';

/** Loads the one that is asked for and nothing else: an import of a cache may have effects of its own. */
export async function openerOf(name: SubjectName): Promise<OpenSubject> {
  switch (name) {
    case 'keepsake':
      return (await import('./keepsake.js')).openKeepsake;
    case 'bentocache':
      return (await import('./bentocache.js')).openBentocache;
    case 'cacheable':
      return (await import('./cacheable.js')).openCacheable;
    case 'cache-manager':
      return (await import('./cache-manager.js')).openCacheManager;
    case 'keyv':
      return (await import('./keyv.js')).openKeyv;
    case 'async-cache-dedupe':
      return (await import('./async-cache-dedupe.js')).openAsyncCacheDedupe;
  }
}
