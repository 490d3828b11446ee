import { defineConfig } from 'vitest/config'

/**
 * Tests are TypeScript; unit tests import sources, thread tests import the build (`npm test` builds first),
 * because a worker thread needs real .js files. One file at a time: thread tests want both cores.
 */
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 180_000,
    hookTimeout: 180_000,
    pool: 'forks',
    fileParallelism: false,
  },
})
