import tseslint from 'typescript-eslint';

/** Folders that form the core: they know neither the editor nor the file system, so that they run anywhere. */
const core = ['graph', 'autodiff', 'engine', 'curvature', 'diagnosis', 'python', 'frontend', 'checkpoint', 'dataset'];

export default tseslint.config(
  { ignores: ['dist/**', 'node_modules/**', 'coverage/**', 'examples/**', 'test/fixtures/**'] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: {
      parserOptions: { projectService: { allowDefaultProject: ['*.mjs', 'scripts/*.mjs', 'test/bench/*.mjs'] } },
    },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      eqeqeq: 'error',
    },
  },
  { files: ['**/*.mjs'], ...tseslint.configs.disableTypeChecked },
  {
    files: core.map((folder) => `server/src/${folder}/**/*.ts`),
    rules: {
      'no-restricted-imports': [
        'error',
        {
          paths: [
            { name: 'vscode', message: 'The core runs without an editor.' },
            { name: 'vscode-languageserver', message: 'The core runs without a language server.' },
          ],
          patterns: [
            { regex: '^(node:)?fs(/promises)?$', message: 'Files are reached through ByteSource or SourceProvider.' },
          ],
        },
      ],
    },
  },
);
