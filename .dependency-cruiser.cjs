const { FOUNDATION, CHAIN, EDGES } = require('./scripts/module-order.cjs');

const folder = (names) => `^src/(${names.join('|')})/`;

/** 1. No cycles, type imports included (`tsPreCompilationDeps`). */
const cycles = {
  name: 'no-cycles',
  severity: 'error',
  from: {},
  to: { circular: true },
};

/** 2. Upstream only: of the ordered list a module sees itself, what stands before it, and the foundation. */
const upstreamOnly = [
  { name: 'upstream-only-kernel', from: '^src/kernel/', to: '^src/(?!kernel/)' },
  { name: 'upstream-only-platform', from: '^src/platform/', to: '^src/(?!kernel/|platform/)' },
  ...CHAIN.map((name, i) => ({
    name: `upstream-only-${name}`,
    from: `^src/${name}/`,
    to: `^src/(?!(?:${[...FOUNDATION, ...CHAIN.slice(0, i + 1)].join('|')})/)`,
  })),
  ...EDGES.map((name) => ({
    name: `upstream-only-${name}`,
    from: `^src/${name}/`,
    to: `^src/(?!(?:${[...FOUNDATION, ...CHAIN, name].join('|')})/)`,
  })),
].map(({ name, from, to }) => ({ name, severity: 'error', from: { path: from }, to: { path: to } }));

/** A file that stands in no listed module would escape the rules above. */
const known = {
  name: 'known-modules',
  severity: 'error',
  from: { path: '^src/[^/]+/', pathNot: folder([...FOUNDATION, ...CHAIN, ...EDGES]) },
  to: {},
};

/** 3. Only the files at the root of another module are its public surface. */
const noReachingInside = {
  name: 'no-reaching-inside',
  severity: 'error',
  from: { path: '^src/([^/]+)/' },
  to: { path: '^src/[^/]+/[^/]+/', pathNot: ['^src/$1/', folder(FOUNDATION)] },
};

/** Migrations stand alone: they must go on running when the code has moved on. */
const migrationsAlone = {
  name: 'migrations-alone',
  severity: 'error',
  from: { path: '^migrations/' },
  to: { path: '^src/' },
};

const IMPURE = '^(node:)?(fs|net|http|https|child_process|dgram|dns|tls|worker_threads|timers|os|process)(/|$)';

/** 4. `domain/` and the kernel decide, with everything they need as arguments. */
const pureDomain = [
  {
    name: 'pure-domain-packages',
    severity: 'error',
    from: { path: '^src/[^/]+/domain/' },
    to: { path: `${IMPURE}|node_modules/(@nestjs|typeorm|pg|nodemailer|fastify|pino)(/|$)` },
  },
  {
    name: 'pure-domain-files',
    severity: 'error',
    from: { path: '^src/([^/]+)/domain/' },
    to: { path: '^src/(?!platform/)(?:[^/]+/(?:data|http|jobs)/|[^/]+/[^/]+\\.(?:module|service)\\.ts$)' },
  },
  {
    // The shapes of what the platform takes and gives may be named; its code may not be called.
    name: 'pure-domain-platform',
    severity: 'error',
    from: { path: '^src/[^/]+/domain/' },
    to: { path: '^src/platform/', dependencyTypesNot: ['type-only', 'type-import'] },
  },
];

module.exports = {
  forbidden: [cycles, ...upstreamOnly, known, noReachingInside, migrationsAlone, ...pureDomain],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
    exclude: { path: '(^|/)dist/' },
  },
};
