import tseslint from 'typescript-eslint';

const environment = {
  selector: "MemberExpression[object.name='process'][property.name='env']",
  message: 'The environment is read in src/platform/config alone, where it is validated.',
};
const forwardRef = {
  selector: "CallExpression[callee.name='forwardRef']",
  message: 'forwardRef is an import cycle with a signature: move what both need upstream.',
};
const clock = [
  {
    selector: "NewExpression[callee.name='Date'][arguments.length=0]",
    message: 'Time comes from the injected Clock; in domain/ it is an argument.',
  },
  {
    selector: "MemberExpression[object.name='Date'][property.name='now']",
    message: 'Time comes from the injected Clock.',
  },
];
const chance = {
  selector: "MemberExpression[object.name='Math'][property.name='random']",
  message: 'Domain decisions are reproducible: draw from a salted hash, or take the number as an argument.',
};

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', 'coverage/', '.data/', 'console/dist/'] },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-console': 'error',
      'max-lines': ['error', 400],
      'max-params': ['error', 7],
      'no-restricted-syntax': ['error', environment, forwardRef],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/consistent-type-imports': [
        'error',
        { fixStyle: 'inline-type-imports', prefer: 'type-imports' },
      ],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      // Nest modules are classes without members.
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
      // `${count} rows` is how numbers are meant to be read.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      // `() => resolve()` says what it means.
      '@typescript-eslint/no-confusing-void-expression': 'off',
      // A row's type is what the caller knows of its statement: `query<Row>`.
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
      // Implementations of a promised port need not await.
      '@typescript-eslint/require-await': 'off',
      // The compiler cannot see what another call has changed meanwhile.
      '@typescript-eslint/no-unnecessary-condition': 'off',
      // Plain objects are what TypeORM and Nest take where their types name a class.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      // Records of facts and attributes lose keys; a Map would not survive JSON.
      '@typescript-eslint/no-dynamic-delete': 'off',
    },
  },
  {
    files: ['src/**/*.ts'],
    rules: { 'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }] },
  },
  // Nest reads the types of constructor parameters and DTOs at run time: a type import would leave nothing to read.
  {
    files: ['src/**/*.ts'],
    rules: { '@typescript-eslint/consistent-type-imports': 'off' },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/platform/**', 'src/demo/**', 'src/main.ts', 'src/kernel/clock.ts'],
    rules: { 'no-restricted-syntax': ['error', environment, forwardRef, ...clock] },
  },
  {
    files: ['src/*/domain/**/*.ts', 'src/kernel/**/*.ts'],
    ignores: ['src/kernel/clock.ts'],
    rules: { 'no-restricted-syntax': ['error', environment, forwardRef, ...clock, chance] },
  },
  {
    files: ['src/platform/config/**/*.ts', 'src/demo/**/*.ts', 'test/**/*.ts', 'bench/**/*.ts'],
    rules: { 'no-restricted-syntax': ['error', forwardRef] },
  },
  {
    files: ['test/**/*.ts', 'bench/**/*.ts', 'src/demo/**/*.ts', 'src/cli/**/*.ts'],
    rules: { 'no-console': 'off' },
  },
  {
    files: ['test/**/*.ts', 'bench/**/*.ts'],
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/no-require-imports': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/restrict-template-expressions': 'off',
    },
  },
);
