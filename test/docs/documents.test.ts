/**
 * The quick part of what is checked about documents: every block says whether it is run, every
 * command line is one that the program understands, every link and every named file is there.
 * `npm run test:docs` runs the blocks.
 */
import { describe, expect, it } from 'vitest';
import { describeAll, type Violation } from '../tidy/source.ts';
import { blockProblems, isExecutable, proseProblems } from './checks.ts';
import { anchorOf, parseMarkdown } from './markdown.ts';
import { brokenLinks, missingFiles } from './references.ts';
import { readRepository } from './repository.ts';
import { consoleScript, shellCommands } from './shell.ts';

describe('the documents', () => {
  const repository = readRepository();
  const documents = [...repository.documents.values()];

  it('mark every block, in a language and with commands that are understood', () => {
    const blocks = documents.flatMap((document) => document.blocks);
    expect(blocks.filter(isExecutable).length).toBeGreaterThan(20);
    expect(describeAll(blocks.flatMap(blockProblems))).toBe('');
  });

  it('name commands and options that exist', () => {
    expect(describeAll(documents.flatMap(proseProblems))).toBe('');
  });

  it('link to what is there', () => {
    expect(documents.flatMap(({ links }) => links).length).toBeGreaterThan(100);
    const broken = documents.flatMap((document) => brokenLinks(repository, document));
    expect(describeAll(broken)).toBe('');
  });

  it('name files that are there', () => {
    const missing = documents.flatMap((document) => missingFiles(repository, document));
    expect(describeAll(missing)).toBe('');
  });
});

describe('a planted mistake is found', () => {
  const problems = (lines: string[]): Violation[] =>
    parseMarkdown('docs/A.md', lines.join('\n')).blocks.flatMap(blockProblems);

  it.each<[what: string, lines: string[]]>([
    ['no marker above the block', ['```sh', 'true', '```']],
    ['no marker above the block', ['<!-- run -->', 'and then', '```sh', 'true', '```']],
    ['needs a reason', ['<!-- not run -->', '```sh', 'true', '```']],
    ['needs a reason', ['<!-- not run: GPU -->', '```sh', 'true', '```']],
    ['expected one of', ['<!-- run: needs=cluster gpu=yes -->', '```sh', 'true', '```']],
    ['expected cluster or', ['<!-- run: needs=gpu -->', '```sh', 'true', '```']],
    ['a value is missing', ['<!-- run: exit -->', '```sh', 'true', '```']],
    ['commands in a block without', ['```', 'isochron submit --model m', '```']],
    ['the language bash', ['<!-- run -->', '```bash', 'true', '```']],
    ['unknown option', ['<!-- run -->', '```sh', 'isochron jobs --sort', '```']],
    ['unknown option', ['<!-- not run: too long for a test -->', '```sh', 'isochron up -j', '```']],
    ['unknown command', ['<!-- run -->', '```sh', 'X=1 isochron start', '```']],
    ['--steps', ['<!-- run -->', '```sh', 'J=$(isochron submit --model m --json)', '```']],
    ['expected HOST:PORT', ['<!-- run -->', '```sh', 'isochron worker --coordinator x', '```']],
    ['no script', ['<!-- run -->', '```sh', 'npm run --silent nothing -- --a', '```']],
    ['unexpected', ['<!-- run -->', '```sh', 'if true', '```']],
    ['no command', ['<!-- run -->', '```console', 'output alone', '```']],
    ['save=FILE', ['<!-- run -->', '```yaml', 'a: 1', '```']],
    ['expected', ['<!-- run -->', '```ts', 'const a = ;', '```']],
    ['Syntax', ['<!-- run -->', '```python', 'def f(:', '```']],
    ['Nested mappings', ['<!-- run: save=a.yaml -->', '```yaml', 'a: b: c', '```']],
  ])('%s: %j', (what, lines) => {
    const found = problems(lines);
    expect(found).toHaveLength(1);
    expect(found[0]?.what).toContain(what);
  });

  it('in prose', () => {
    const text =
      '    isochron up\nSay `isochron jobs --sort` or `npm run nothing`, or `isochron cancel JOB`.';
    expect(proseProblems(parseMarkdown('docs/A.md', text))).toHaveLength(3);
  });

  it('in links, anchors and names of files', () => {
    const repository = readRepository();
    const text = [
      '# A heading',
      '[a](#a-heading) [b](#no-heading) [c](ARCHITECTURE.md#the-core) [d](ARCHITECTURE.md#no)',
      '[e](NOWHERE.md) `core/wave.ts` `core/no-such-file.ts` `[f](code.md)`',
    ].join('\n');
    const document = parseMarkdown('docs/A.md', text);
    const documents = new Map([...repository.documents, ['docs/A.md', document]]);
    const whole = { ...repository, documents, files: ['coordinator/core/wave.ts', 'docs/A.md'] };
    expect(brokenLinks(whole, document)).toHaveLength(3);
    expect(missingFiles(whole, document)).toHaveLength(1);
  });
});

describe('what is read', () => {
  it.each<[script: string, commands: string[][]]>([
    ['a b # c\nd', [['a', 'b'], ['d']]],
    ['a \\\n  b "c d" \'e $f\'', [['a', 'b', 'c d', 'e $f']]],
    ['X=1 a "$X/y" > out 2>&1 < in', [['a', '1/y']]],
    ['J=$(a --x $(b)) && c ${J} | d', [['b'], ['a', '--x', '1'], ['c', '1'], ['d']]],
    ['for i in 1 2; do a $i; done', [['for', 'i', 'in', '1', '2'], ['a', '1'], ['done']]],
    ["cat > f <<'EOF'\nno command\nEOF\na", [['cat'], ['a']]],
  ])('the commands of %j', (script, commands) => {
    expect(shellCommands(script)).toEqual(commands);
  });

  it('of a console: what was typed', () => {
    expect(consoleScript('$ a \\\n> b\noutput\n$ c\n...')).toBe('a \\\nb\nc');
  });

  it('of a heading: its anchor', () => {
    expect(anchorOf('What `--json` prints, [here](x.md)')).toBe('what---json-prints-here');
  });
});
