/** The documents whose blocks are checked and run, and the files that they may name. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { filesMatching, root } from '../tidy/source.ts';
import { parseMarkdown, type Document } from './markdown.ts';
import type { Repository } from './references.ts';

const documents = [
  '*.md',
  '{docs,models,deploy,dashboard,cli,examples}/**/*.md',
  'test/{docs,oip,parity}/**/*.md',
];
const named = [
  '*.{md,json,js,ts}',
  '.*.cjs',
  '.ci/*',
  '{shared,coordinator,worker,cli,dashboard,proto,test,bench,models,deploy,docs}/**/*.*',
];
/** A record of what was: its commands are those of their day. */
const history = 'CHANGELOG.md';

/** Generated from the code, and held against it: what stands in their blocks are declarations. */
const generated = new Set(['docs/API.md', 'docs/CLI.md', 'docs/RPC.md']);

export function readRepository(): Repository {
  const paths = filesMatching(documents).filter((path) => path !== history);
  const read = (path: string): Document => {
    const document = parseMarkdown(path, readFileSync(join(root, path), 'utf8'));
    return generated.has(path) ? { ...document, blocks: [] } : document;
  };
  return {
    root,
    files: filesMatching(named),
    documents: new Map(paths.map((path) => [path, read(path)])),
  };
}
