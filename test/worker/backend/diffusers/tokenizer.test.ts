import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { openTokenizer } from '../../../../worker/backend/diffusers/tokenizer.ts';

// Files and tokens of test/parity/make_pipelines.py and reference.py: transformers' own tokenizers.
const golden = fileURLToPath(new URL('../../../golden/tokenizers/', import.meta.url));

interface Row {
  readonly text: string;
  readonly ids: readonly number[];
}

const tokens = JSON.parse(readFileSync(join(golden, 'tokens.json'), 'utf8')) as Readonly<
  Record<'clip' | 't5', readonly Row[]>
>;

async function changed(part: string, file: string, text: string | undefined): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'isochron-tokenizer-'));
  await cp(join(golden, part), join(folder, part), { recursive: true });
  if (text === undefined) await rm(join(folder, part, file));
  else await writeFile(join(folder, part, file), text);
  return folder;
}

describe.each(['clip', 't5'] as const)('the tokenizer of %s', (part) => {
  it.each(tokens[part])('reads $text as transformers does', async ({ text, ids }) => {
    const tokenizer = await openTokenizer(golden, part);
    expect(Array.from(tokenizer.encode(text, ids.length), Number)).toEqual(ids);
    expect(tokenizer.length).toBe(77);
  });

  it('cuts a text in front of the end token', async () => {
    const tokenizer = await openTokenizer(golden, part);
    const long = tokenizer.encode('red red red red red red red red', 5);
    const end = tokenizer.encode('', 5)[part === 'clip' ? 1 : 0];
    expect(long).toHaveLength(5);
    expect(long[4]).toBe(end);
  });
});

function withNormalizer(normalizer: object): string {
  const text = readFileSync(join(golden, 't5', 'tokenizer.json'), 'utf8');
  return JSON.stringify({ ...(JSON.parse(text) as object), normalizer });
}

describe('a tokenizer that cannot be read', () => {
  it.each([
    ['clip', 'merges.txt', undefined, /merges.txt: found .*expected a readable file/],
    ['clip', 'vocab.json', '{"a": "b"}', /vocab.json: found a that cannot be read/],
    ['clip', 'vocab.json', '{"a": 1}', /vocab.json: found no token <\|startoftext\|>/],
    ['clip', 'tokenizer_config.json', '{}', /no begin or end token/],
    ['t5', 'tokenizer.json', '{"model": {"type": "Odd"}}', /whole tokenizer, .* \(Tokenizer must/],
    ['t5', 'tokenizer.json', withNormalizer({ type: 'Odd' }), /whole tokenizer, .* \(.*Odd/],
    // where the library says "undefined", which tells nobody anything
    [
      't5',
      'tokenizer.json',
      withNormalizer({}),
      /found no whole tokenizer, expected one as [^(]*$/,
    ],
    ['t5', 'tokenizer.json', undefined, /tokenizer.json: found .*expected a readable file/],
  ])('of %s names %s', async (part, file, text, message) => {
    await expect(openTokenizer(await changed(part, file, text), part)).rejects.toThrow(message);
  });
});
