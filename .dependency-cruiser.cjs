/**
 * Who may import whom. Every rule says why it exists; CONTRIBUTING.md has the picture.
 *
 * @type {import('dependency-cruiser').IConfiguration}
 */
const pure = '^(shared/(kernel|numerics)|coordinator/core|worker/core)/';

module.exports = {
  forbidden: [
    {
      name: 'no-circular',
      comment: 'Two files that need each other are one idea in the wrong two places.',
      severity: 'error',
      // a message that may hold messages of its own kind: types only, generated
      from: { pathNot: '^proto/generated' },
      to: { circular: true },
    },
    {
      name: 'no-orphans',
      comment: 'A file nobody imports and that imports nothing is dead, or its test is missing.',
      severity: 'error',
      from: {
        orphan: true,
        pathNot: [
          '(^|/)main\\.tsx?$',
          '\\.config\\.(ts|js)$',
          '^\\.[^/]+\\.cjs$',
          '\\.test\\.ts$',
          '\\.d\\.ts$',
          '^bench/[^/]+\\.ts$',
          '^\\.ci/',
          '^proto/',
          '^docs/examples/',
        ],
      },
      to: {},
    },
    {
      name: 'pure-no-node-no-npm',
      comment:
        'The kernel, the numerics and both cores compute; the clock, the disk, the network and ' +
        'every library reach them as arguments, so a simulator can own them all.',
      severity: 'error',
      from: { path: pure },
      to: {
        pathNot: '^(shared|coordinator|worker|cli|dashboard|proto|test|bench|models|deploy|docs)/',
      },
    },
    {
      name: 'core-not-to-shell',
      comment:
        'A core is replayed from its log without a network: it must not know the code that does ' +
        'input and output, nor the shape of a message on the wire.',
      severity: 'error',
      from: { path: '^(coordinator|worker)/core/' },
      to: { path: '^((coordinator|worker)/(shell|backend)|shared/protocol|proto)/' },
    },
    {
      name: 'coordinator-worker-disjoint',
      comment:
        'They are different programs on different machines and share only what is in shared/.',
      severity: 'error',
      from: { path: '^(coordinator|worker)/' },
      to: { path: '^(coordinator|worker)/', pathNot: '^$1/' },
    },
    {
      name: 'shared-is-a-leaf',
      comment: 'Everything depends on shared/, so shared/ depends on none of it.',
      severity: 'error',
      from: { path: '^shared/' },
      to: { path: '^(coordinator|worker|cli|dashboard|models|deploy|docs)/' },
    },
    {
      name: 'kernel-is-the-bottom',
      comment:
        'assert, random, limits and outcome must be usable from anywhere: they import nothing.',
      severity: 'error',
      from: { path: '^shared/kernel/' },
      to: { pathNot: '^shared/kernel/' },
    },
    {
      name: 'numerics-not-to-protocol',
      comment:
        'Mathematics must not know how its numbers travel; a local run has no protocol at all.',
      severity: 'error',
      from: { path: '^shared/numerics/' },
      to: { path: '^(shared/protocol|proto)/' },
    },
    {
      name: 'dashboard-talks-http-only',
      comment:
        'Browser code: what it knows about a job it learns over HTTP, like any other client.',
      severity: 'error',
      from: { path: '^dashboard/' },
      to: { path: '^(shared|proto|coordinator|worker|cli|models|deploy)/' },
    },
    {
      name: 'not-to-test-or-bench',
      comment: 'Tests and measurements may look at everything, so nothing may stand on them.',
      severity: 'error',
      from: { pathNot: '^(test|bench)/' },
      to: { path: '^(test|bench)/' },
    },
    {
      name: 'not-to-docs',
      comment:
        'The generator of the reference pages and the examples read the code, never the reverse.',
      severity: 'error',
      from: { pathNot: '^(docs|test)/' },
      to: { path: '^docs/' },
    },
    {
      name: 'onnxruntime-only-in-backend',
      comment:
        'onnxruntime-node blocks its thread and loads 288 MB of native code: it stays behind the ' +
        'backend interface, and a coordinator never loads it.',
      severity: 'error',
      from: { pathNot: '^(worker/backend|bench|test)/' },
      to: { path: '(^|/)onnxruntime-(node|common)(/|$)' },
    },
    {
      name: 'grpc-only-at-the-edges',
      comment:
        'Calls, statuses and channels are an edge matter: deadlines and error translation live ' +
        'where gRPC is imported, and nowhere else needs them.',
      severity: 'error',
      from: {
        pathNot:
          '^((coordinator|worker)/shell|worker/backend|cli|shared/protocol|proto/generated|test|bench)/',
      },
      to: { path: '(^|/)(@grpc/|grpc-health-check(/|$))' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|coverage)/' },
    tsConfig: { fileName: 'tsconfig.json' },
    // Type-only imports count: an import type is knowledge of the other side all the same.
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['isochron-checkout', 'import', 'node', 'types', 'default'],
      extensions: ['.ts', '.tsx', '.js', '.cjs', '.mjs', '.json', '.d.ts'],
    },
  },
};
