import { svelte } from '@sveltejs/vite-plugin-svelte';
import { svelteTesting } from '@testing-library/svelte/vite';
import { defineConfig } from 'vitest/config';

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
    include: ['src/**/*.test.ts'],
    setupFiles: ['./vitest.setup.ts'],
    restoreMocks: true,
    passWithNoTests: true,
  },
});
