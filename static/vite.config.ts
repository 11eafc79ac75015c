import { readFileSync, readdirSync } from 'node:fs';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { svelteTesting } from '@testing-library/svelte/vite';
import { defineConfig } from 'vitest/config';

/** Tests that put something in the place of a module: whoever shares their process would get it too. */
const MOCKING = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.test.ts') && readFileSync(`src/${file}`, 'utf8').includes('vi.mock('))
  .map((file) => `src/${file}`);

// Flask serves static/dist as /static/ and finds the hashed names in dist/manifest.json,
// under the key of the entry, "src/main.ts".
export default defineConfig({
  base: '/static/',
  plugins: [svelte(), svelteTesting()],
  publicDir: false,
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    manifest: 'manifest.json',
    target: 'es2022',
    sourcemap: false,
    // The page's policy is script-src 'self': nothing may be inlined as a data: address.
    assetsInlineLimit: 0,
    rolldownOptions: { input: 'src/main.ts' },
  },
  test: {
    environment: 'happy-dom',
    setupFiles: ['./vitest.setup.ts'],
    restoreMocks: true,
    unstubGlobals: true,
    // A process and a DOM for each file was three quarters of the time.
    projects: [
      { extends: true, test: { name: 'shared', include: ['src/**/*.test.ts'], exclude: MOCKING, isolate: false } },
      { extends: true, test: { name: 'mocking', include: MOCKING } },
    ],
  },
});
