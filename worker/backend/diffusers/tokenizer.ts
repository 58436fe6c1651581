/**
 * Prompts to token numbers, as CLIP and T5 want them (test/parity/README.md). The library does
 * the work; what vocab.json and merges.txt say is put into its form.
 */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import * as library from '@huggingface/tokenizers';
import { z } from 'zod';
import { SamplerError } from '../../../shared/protocol/errors.ts';
import { shownText } from '../../../shared/protocol/shown-text.ts';
import { readModelFile, unusable } from '../model-file.ts';
import { readParsed } from './folder-json.ts';

interface Tokenizer {
  encode(
    text: string,
    options: { add_special_tokens: boolean },
  ): { readonly ids: (number | undefined)[] };
  token_to_id(token: string): number | undefined;
}

/** Its declarations (0.2.0) leave out the endings of files, which Node's rules need. */
const { Tokenizer } = library as unknown as {
  readonly Tokenizer: new (tokenizer: object, config: object) => Tokenizer;
};

/** Of a vocabulary: T5's, with its scores, has 2.4 MB. */
const VOCABULARY_BYTES_MAX = 64 * 1024 * 1024;
/** transformers writes 1e30 where nobody said a length. */
const LENGTH_MAX = 4096;
/** Of the library's own words in an error. */
const REASON_MAX = 200;

const special = z
  .union([z.string(), z.object({ content: z.string() }).transform(({ content }) => content)])
  .optional();

const configSchema = z
  .object({
    bos_token: special,
    eos_token: special,
    unk_token: special,
    pad_token: special,
    model_max_length: z.number().optional(),
  })
  .loose();
type Config = z.infer<typeof configSchema>;

export interface PromptTokenizer {
  /** Token numbers of a text: cut where it is longer, padded where it is shorter. */
  encode(text: string, length: number): BigInt64Array;
  /** As its config says; undefined where that says nothing. */
  readonly length: number | undefined;
}

/** @throws MODEL_UNUSABLE naming the file */
export async function openTokenizer(folder: string, part: string): Promise<PromptTokenizer> {
  const config = await readParsed(configSchema, folder, `${part}/tokenizer_config.json`);
  const { model_max_length: length = Infinity } = config;
  const known = { length: length <= LENGTH_MAX ? length : undefined };
  const isClip = await isThere(join(folder, part, 'vocab.json'));
  const open = isClip ? openClip : openUnigram;
  return { ...known, encode: await open(folder, part, config) };
}

function isThere(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}

type Encode = PromptTokenizer['encode'];

const vocabulary = z.record(z.string(), z.int());

/** CLIP's split of a text into pieces (openai/CLIP `simple_tokenizer.py`). */
const CLIP_PIECES = "'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+";

/** Byte-level BPE whose last letters of words carry a mark, between a begin and an end token. */
async function openClip(folder: string, part: string, config: Config): Promise<Encode> {
  const vocab = await readParsed(vocabulary, folder, `${part}/vocab.json`, VOCABULARY_BYTES_MAX);
  const { bytes } = await readModelFile(folder, `${part}/merges.txt`);
  const [, ...merges] = bytes.toString('utf8').split('\n');
  const { bos_token: bos, eos_token: eos, unk_token: unk = eos, pad_token: pad = eos } = config;
  const file = join(folder, part, 'vocab.json');
  const [begin, end, padding] = [bos, eos, pad].map((token) => numberOf(vocab, token, file));
  const specials = [...new Set([bos, eos, unk, pad])].flatMap((token) => token ?? []);
  const document = {
    ...emptyParts,
    added_tokens: specials.map((content) => addedToken(content, ownOf(vocab, content) ?? 0)),
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        { type: 'Split', pattern: { Regex: CLIP_PIECES }, behavior: 'Removed', invert: true },
        { type: 'ByteLevel', add_prefix_space: false, use_regex: false },
      ],
    },
    model: {
      type: 'BPE',
      unk_token: unk,
      end_of_word_suffix: '</w>',
      vocab,
      merges: merges.filter((line) => line !== ''),
    },
  };
  const tokenizer = understood(file, () => new Tokenizer(document, config));
  return (text, length) => {
    // letter by letter: a word's last sigma is a sigma like any other there
    const plain = Array.from(text.normalize('NFC'), (letter) => letter.toLowerCase()).join('');
    const ids = understood(file, () => numbers(tokenizer.encode(plain, bare)));
    return filled([begin, ...ids.slice(0, length - 2), end], length, padding);
  };
}

/** T5: what `tokenizer.json` says, an end token, padding. */
async function openUnigram(folder: string, part: string, config: Config): Promise<Encode> {
  const name = `${part}/tokenizer.json`;
  const document = await readParsed(z.looseObject({}), folder, name, VOCABULARY_BYTES_MAX);
  const file = join(folder, name);
  const tokenizer = understood(file, () => new Tokenizer(document, config));
  const { eos_token: eos = '</s>', pad_token: pad = '<pad>' } = config;
  const [end, padding] = [eos, pad].map((token) => {
    const found = tokenizer.token_to_id(token);
    if (Number.isSafeInteger(found)) return found;
    throw unusable(
      file,
      `no token ${shownText(token)}`,
      'the one of tokenizer_config.json',
      exportAgain,
    );
  });
  return (text, length) => {
    const ids = understood(file, () => numbers(tokenizer.encode(text, bare)));
    return filled([...ids.slice(0, length - 1), end], length, padding);
  };
}

const exportAgain = 'export the folder again';

/** Without begin and end: they are put there by `filled`. */
const bare = { add_special_tokens: false };

/** A file may give a token anything for a number. @throws TypeError */
function numbers({ ids }: { readonly ids: readonly (number | undefined)[] }) {
  if (ids.every((id) => id === undefined || Number.isSafeInteger(id))) return ids;
  throw new TypeError('a token without a number');
}

/** The library follows what a file says and trips where it is wrong: its words name no file. */
function understood<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const expected = `one as @huggingface/tokenizers 0.2 reads it${reasonOf(error)}`;
    const { code, message, context } = unusable(file, 'no whole tokenizer', expected, exportAgain);
    throw new SamplerError(code, message, { context, cause: error });
  }
}

/** What it says of a part that it does not know; not where it met what is not there. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error) || error instanceof TypeError) return '';
  return /undefined|\[object/.test(error.message) ? '' : ` (${error.message.slice(0, REASON_MAX)})`;
}

const emptyParts = {
  version: '1.0',
  truncation: null,
  padding: null,
  normalizer: null,
  post_processor: null,
  decoder: null,
};

/** Written in a prompt it is that token, also the pad token "!" of some pipelines. */
function addedToken(content: string, id: number) {
  const plain = { single_word: false, lstrip: false, rstrip: false, normalized: false };
  return { id, content, ...plain, special: true };
}

/** A token may be called `constructor`. */
function ownOf(vocab: Readonly<Record<string, number>>, token: string): number | undefined {
  return Object.hasOwn(vocab, token) ? vocab[token] : undefined;
}

function numberOf(
  vocab: Readonly<Record<string, number>>,
  token: string | undefined,
  file: string,
): number {
  const found = token === undefined ? undefined : ownOf(vocab, token);
  if (found !== undefined) return found;
  const what = token === undefined ? 'no begin or end token' : `no token ${shownText(token)}`;
  throw unusable(file, what, 'the ones of tokenizer_config.json', exportAgain);
}

function filled(
  tokens: readonly (number | undefined)[],
  length: number,
  padding: number | undefined,
): BigInt64Array {
  return BigInt64Array.from({ length }, (_, k) => BigInt(tokens[k] ?? padding ?? 0));
}
