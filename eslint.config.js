import js from '@eslint/js';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

const noDefaultExport = {
  selector: 'ExportDefaultDeclaration',
  message: 'Export by name: one name per idea, the same in every file that imports it.',
};
const noExportAll = {
  selector: 'ExportAllDeclaration',
  message: 'No barrels: import from the file that defines the name.',
};
const noClass = {
  selector: 'ClassDeclaration, ClassExpression',
  message: 'No classes in numerics: plain data and functions.',
};

export default defineConfig(
  {
    ignores: ['**/node_modules/', 'dist/', 'coverage/', 'proto/generated/', '**/.venv/'],
  },
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [js.configs.recommended, tseslint.configs.recommendedTypeChecked],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      // A promise nobody awaits is an error nobody sees.
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      // Interfaces return promises; implementations that need no await stay `async` all the same.
      '@typescript-eslint/require-await': 'off',

      // A new member of a union must break every switch on it, also those ending in unreachable().
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { allowDefaultCaseForExhaustiveSwitch: true, considerDefaultExhaustiveForUnions: false },
      ],

      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', caughtErrorsIgnorePattern: '^_' },
      ],
      'no-restricted-syntax': ['error', noDefaultExport, noExportAll],
      'prefer-const': 'error',
      eqeqeq: 'error',
      'no-var': 'error',
      'no-param-reassign': 'error',

      // Sizes in lines are test/tidy.test.ts's business.
      'max-params': ['error', 4],
      'max-depth': ['error', 4],
      complexity: ['error', 20],
    },
  },
  {
    // Indexing typed arrays in inner loops: `a[i]!` costs nothing, a check would.
    files: ['shared/numerics/**/*.ts', 'shared/kernel/**/*.ts'],
    rules: { '@typescript-eslint/no-non-null-assertion': 'off' },
  },
  {
    files: ['shared/numerics/**/*.ts'],
    rules: { 'no-restricted-syntax': ['error', noDefaultExport, noExportAll, noClass] },
  },
  {
    // Kernels over elements take their operands one by one, like BLAS.
    files: ['shared/numerics/vector.ts', 'shared/numerics/differences.ts'],
    rules: { 'max-params': 'off' },
  },
  {
    // Tools dictate that their configuration is a default export.
    files: ['**/*.config.ts'],
    rules: { 'no-restricted-syntax': 'off' },
  },
);
