import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const alias = {
  'fastmtl-flow/stage-kit': fileURLToPath(new URL('./src/stage-kit/stage-kit.ts', import.meta.url)),
};

export default defineConfig({
  test: {
    projects: [
      {
        resolve: { alias },
        test: { name: 'unit', include: ['test/{flow,ml,stage-kit}/**/*.test.ts'] },
      },
      {
        resolve: { alias },
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        resolve: { alias },
        test: { name: 'golden', include: ['test/golden/**/*.test.ts'], testTimeout: 300_000 },
      },
    ],
  },
});
