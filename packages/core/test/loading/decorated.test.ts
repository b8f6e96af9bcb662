import { decoratedSuite } from './decorated-suite.js';

describe('a method with @Cached as a TC39 decorator', () => {
  decoratedSuite();
});
