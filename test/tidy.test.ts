/**
 * Style that no compiler and no linter sees, as an ordinary test. A failure reads
 * `file:line: what; what instead`. The second half plants a violation of each rule, so that a rule
 * which no longer finds anything is a failure too.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { undocumentedFields, unlinkedRecords } from './tidy/documents.ts';
import {
  barrels,
  columnsMax,
  consoleOutput,
  defaultExports,
  fileLinesMax,
  functionLinesMax,
  longFiles,
  longFunctions,
  longLines,
  skippedTests,
  unfinishedWork,
} from './tidy/form.ts';
import { glossaryMisnomers } from './tidy/glossary.ts';
import { impureCode } from './tidy/purity.ts';
import {
  describeAll,
  filesMatching,
  ourSources,
  parse,
  root,
  type Source,
  type Violation,
} from './tidy/source.ts';

const rules: Record<string, (source: Source) => Violation[]> = {
  'files have at most 400 lines': longFiles,
  'functions have at most 70 lines': longFunctions,
  'lines have at most 100 columns': longLines,
  'pure folders stay pure, synchronous and bit-exact': impureCode,
  'ideas have one name': glossaryMisnomers,
  'nothing is left unfinished': unfinishedWork,
  'nothing prints through console': consoleOutput,
  'no test is skipped or singled out': skippedTests,
  'everything is exported by name': defaultExports,
  'there are no barrels': barrels,
};

describe('the sources', () => {
  const sources = ourSources();

  it.each(Object.entries(rules))('%s', (_name, rule) => {
    expect(describeAll(sources.flatMap(rule))).toBe('');
  });
});

describe('the documents', () => {
  const read = (path: string): string => readFileSync(join(root, path), 'utf8');

  it('document every field and call of the protos', () => {
    const protos = filesMatching(['proto/isochron/**/*.proto']);
    expect(describeAll(protos.flatMap((path) => undocumentedFields(path, read(path))))).toBe('');
  });

  it('link every decision record from docs/ARCHITECTURE.md', () => {
    const page = 'docs/ARCHITECTURE.md';
    const architecture = existsSync(join(root, page)) ? read(page) : '';
    expect(describeAll(unlinkedRecords(filesMatching(['docs/adr/*.md']), architecture))).toBe('');
  });
});

describe('a planted violation is found', () => {
  const lines = (count: number, text: string): string => `${text}\n`.repeat(count);
  const mark = `${'FIX'}${'ME'}`;

  it.each<[rule: (source: Source) => Violation[], path: string, text: string]>([
    [longFiles, 'cli/a.ts', lines(fileLinesMax + 1, '//')],
    [longFunctions, 'cli/a.ts', `function f() {\n${lines(functionLinesMax - 1, '')}}`],
    [longFunctions, 'cli/a.ts', `const f = () => {\n${lines(functionLinesMax - 1, '')}};`],
    [longLines, 'cli/a.ts', `// ${'x'.repeat(columnsMax)}`],
    [impureCode, 'coordinator/core/a.ts', 'const t = Date.now();'],
    [impureCode, 'worker/core/a.ts', 'const t = new Date();'],
    [impureCode, 'shared/numerics/a.ts', 'const t = Math.random();'],
    [impureCode, 'shared/kernel/a.ts', 'const t = crypto.randomUUID();'],
    [impureCode, 'coordinator/core/a.ts', 'setTimeout(() => {}, 1);'],
    [impureCode, 'coordinator/core/a.ts', 'const t = process.env;'],
    [impureCode, 'worker/core/a.ts', 'const t = performance.now();'],
    [impureCode, 'worker/core/a.ts', "console.error('');"],
    [impureCode, 'coordinator/core/a.ts', 'async function f() {}'],
    [impureCode, 'coordinator/core/a.ts', 'const f = async () => {};'],
    [impureCode, 'coordinator/core/a.ts', 'const t = await f;'],
    [impureCode, 'shared/kernel/random.ts', 'const t = Math.log(2);'],
    [impureCode, 'shared/numerics/vector.ts', 'const t = Math.pow(2, 3);'],
    [impureCode, 'shared/numerics/scan.ts', 'const t = x ** 2;'],
    [impureCode, 'shared/numerics/solver/a.ts', 'const t = Math.exp(1);'],
    [glossaryMisnomers, 'cli/a.ts', 'const alphas_cumprod = 1;'],
    [glossaryMisnomers, 'cli/a.ts', 'f({ modelOutput: 1 });'],
    [unfinishedWork, 'cli/a.ts', `// ${mark}: later`],
    [consoleOutput, 'cli/a.ts', "console.log('');"],
    [skippedTests, 'test/a.test.ts', "it.skip('x', () => {});"],
    [skippedTests, 'test/a.test.ts', "describe.only('x', () => {});"],
    [skippedTests, 'test/a.test.ts', "it.only.each([])('x', () => {});"],
    [defaultExports, 'cli/a.ts', 'export default 1;'],
    [defaultExports, 'cli/a.ts', 'export default function f() {}'],
    [barrels, 'cli/index.ts', 'const a = 1;'],
    [barrels, 'cli/a.ts', "export { a } from './b.ts';"],
  ])('%o in %s: %s', (rule, path, text) => {
    expect(rule(parse(path, text))).toHaveLength(1);
  });

  it('in a proto', () => {
    const text = [
      'message A {',
      '  string a = 1;',
      '  // Milliseconds.',
      '  uint32 b = 2;',
      '  map<string, uint32> c = 3;',
      '  repeated A d = 4; // Children.',
      '}',
      'enum E { // Values explain themselves.',
      '  NONE = 0;',
      '}',
      'service S {',
      '  rpc Submit(A) returns (A);',
      '}',
    ].join('\n');
    const found = undocumentedFields('a.proto', text).map((violation) => violation.line);
    expect(found).toEqual([2, 5, 12]);
  });

  it('in the list of decision records', () => {
    const found = unlinkedRecords(['docs/adr/1-a.md', 'docs/adr/2-b.md'], '[a](adr/1-a.md)');
    expect(found.map((violation) => violation.path)).toEqual(['docs/adr/2-b.md']);
  });
});

describe('what is allowed stays allowed', () => {
  it.each<[rule: (source: Source) => Violation[], path: string, text: string]>([
    [impureCode, 'coordinator/shell/a.ts', 'const t = Date.now();'],
    [impureCode, 'shared/numerics/schedule.ts', 'const t = Math.exp(1);'],
    [impureCode, 'shared/numerics/vector.ts', 'const t = Math.sqrt(2) * Math.abs(1);'],
    [impureCode, 'shared/kernel/random.ts', 'const ulp = 2 ** -k + 10 ** 3;'],
    [impureCode, 'coordinator/core/a.ts', '// await Date.now() is what we never do'],
    [longFunctions, 'test/a.test.ts', `describe('x', () => {\n${'\n'.repeat(99)}});`],
    [longLines, 'cli/a.ts', `// https://${'x'.repeat(columnsMax)}`],
    [skippedTests, 'test/a.test.ts', "it.skipIf(noPython)('x', () => {});"],
    [glossaryMisnomers, 'cli/a.ts', "const scheduler = read('alphas_cumprod');"],
  ])('%o in %s: %s', (rule, path, text) => {
    expect(describeAll(rule(parse(path, text)))).toBe('');
  });
});
