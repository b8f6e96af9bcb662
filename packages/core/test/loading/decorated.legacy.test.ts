import { decoratedSuite } from './decorated-suite.js';

describe('a method with @Cached under experimentalDecorators', () => {
  decoratedSuite();
});
