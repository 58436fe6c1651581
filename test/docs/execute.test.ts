/** How blocks are run, with blocks of its own and no cluster. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../shared/protocol/package-root.ts';
import { runGroup, type StepResult } from './execute.ts';
import { planRuns } from './groups.ts';
import { parseMarkdown } from './markdown.ts';

const all = { slow: false, only: [] };

/** Runs a page; blocks as [marker, language, ...lines]. */
async function run(...blocks: [string, string, ...string[]][]): Promise<StepResult[]> {
  const text = blocks.map(([marker, language, ...lines]) =>
    [`<!-- ${marker} -->`, `\`\`\`${language}`, ...lines, '```', ''].join('\n'),
  );
  const { groups } = planRuns([parseMarkdown('docs/A.md', text.join('\n'))], all);
  const results: StepResult[] = [];
  for (const group of groups) {
    await runGroup(group, packageRoot(), (result) => void results.push(result));
  }
  return results;
}

/** A program that says something, and ends with a code when Ctrl-C comes. */
function untilCtrlC(says: string, code: number): string {
  const program = `process.on("SIGINT", () => process.exit(${code})); setInterval(() => 0, 1000);`;
  return `exec node -e '${program} console.log("${says}")'`;
}

const outcomes = (results: readonly StepResult[]): string[] => results.map((r) => r.outcome);

describe('a block', () => {
  it('passes where it ends as it says', async () => {
    const results = await run(
      ['run', 'sh', 'isochron --version'],
      ['run: exit=3', 'sh', 'exit 3'],
      ['run: shows="two words"', 'console', '$ echo two \\', '> words', 'two words', '$ true'],
      ['run', 'ts', "import { Client } from 'isochron/client';", 'new Client().close();'],
    );
    expect(results.map(({ detail }) => detail)).toEqual(['', '', '', '']);
  });

  it.each<[what: string, marker: string, ...lines: string[]]>([
    ['exit code 3, expected 0', 'run', 'exit 3'],
    ['exit code 1, expected 0', 'run', 'false', 'true'],
    ['exit code 0, expected 5', 'run: exit=5', 'true'],
    ['does not show', 'run: shows=this', 'echo that'],
    ['did not end within 1 s', 'run: seconds=1', 'sleep 30'],
    ['never said', 'run: until=ready seconds=1', 'exec sleep 30'],
    ['before it was ready', 'run: until=ready', 'echo steady'],
    ['ended with 7', 'run: until=ready', untilCtrlC('ready', 7)],
  ])('fails: %s', async (what, marker, ...lines) => {
    const results = await run([marker, 'sh', ...lines]);
    expect(results.some(({ detail }) => detail.includes(what))).toBe(true);
    expect(outcomes(results)).toContain('failed');
  });

  it('is left out for a tool that is not there', async () => {
    const [result] = await run(['run: tools=sh,no-such-tool', 'sh', 'true']);
    expect(result).toMatchObject({ outcome: 'left out', detail: 'there is no no-such-tool' });
  });
});

describe('a session', () => {
  it('shares variables, folder and files, and nobody else has them', async () => {
    const results = await run(
      ['run: session=a save=sub/a.yaml', 'yaml', 'a: 1'],
      ['run: session=a', 'sh', 'WORD=kept', 'cd sub'],
      ['run: session=a shows="kept a: 1"', 'sh', 'echo $WORD $(cat a.yaml)'],
      ['run: session=b', 'sh', 'test -z "$WORD" && test ! -e sub'],
      ['run', 'sh', 'test -z "$WORD" && test ! -e sub'],
    );
    expect(outcomes(results)).toEqual(Array(5).fill('passed'));
  });

  it('has what a block started until its last block is over', async () => {
    const results = await run(
      ['run: session=a until=up', 'sh', 'echo up > f', untilCtrlC('up', 0)],
      ['run: session=a', 'sh', 'grep up f'],
    );
    expect(outcomes(results)).toEqual(['passed', 'passed']);
  });
});

describe('what is run', () => {
  it('leaves out what is slow, not run, or ahead of this version', () => {
    const page = ['run: slow', 'run: when="no-such-command"', 'not run: too long for a test']
      .map((marker) => `<!-- ${marker} -->\n\`\`\`sh\nisochron no-such-command\n\`\`\`\n`)
      .join('\n');
    const { groups, leftOut } = planRuns([parseMarkdown('docs/A.md', page)], all);
    expect(groups).toEqual([]);
    expect(leftOut.map(({ waits }) => waits)).toEqual([true, true, false]);
  });

  it('puts README.md first into a checkout of its own', async () => {
    const wanted = readFileSync(join(packageRoot(), 'README.md'), 'utf8').split('\n')[0] ?? '';
    const marker = `run: in=checkout shows="${wanted}"`;
    const results = await run([marker, 'sh', 'head -1 README.md', 'npm run --silent node-version']);
    expect(outcomes(results)).toEqual(['passed']);
  });
});
