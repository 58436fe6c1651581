/** Links, anchors and files that the documents name: each must be there. */
import { existsSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import type { Violation } from '../tidy/source.ts';
import type { Document, Span } from './markdown.ts';

export interface Repository {
  readonly root: string;
  /** All its files, relative to the root. */
  readonly files: readonly string[];
  readonly documents: ReadonlyMap<string, Document>;
}

/** Links within the repository that lead nowhere; those to other hosts are not followed. */
export function brokenLinks({ root, documents }: Repository, document: Document): Violation[] {
  return document.links.flatMap((link) => {
    if (/^[a-z]+:/i.test(link.text)) return [];
    const [target = '', anchor] = link.text.split('#');
    const path = target === '' ? link.path : normalize(join(dirname(link.path), target));
    if (!documents.has(path) && !existsSync(join(root, path)))
      return [broken(link, `there is no ${path}`)];
    if (anchor === undefined) return [];
    const anchors = documents.get(path)?.anchors;
    if (anchors?.has(anchor) === true) return [];
    return [broken(link, `${path} has no heading #${anchor}`)];
  });
}

function broken(link: Span, what: string): Violation {
  const { path, line } = link;
  return { path, line, what: `the link ${link.text}: ${what}`, instead: 'mend the link' };
}

const sourceFile = /^[\w.@/-]+\.(?:ts|tsx|js|py|proto|yaml|yml|md|sh|sbatch|test\.ts)$/;
/** Names that stand for files of the reader, and those that a run of the program makes. */
const notOurs =
  /^(?:my-|my\.|isochron-data|out\/|models\/my|values)|^(?:isochron|metrics|prometheus)\.ya?ml$/;

/** Files in code font: from the root, beside the document, or the end of a path that exists. */
export function missingFiles({ root, files }: Repository, document: Document): Violation[] {
  return document.codeSpans.flatMap((span) => {
    const name = span.text.replace(/^\.\//, '');
    if (!sourceFile.test(name) || notOurs.test(name)) return [];
    const beside = normalize(join(dirname(span.path), name));
    const isThere = isFile(join(root, beside)) || files.some((file) => endsWithPath(file, name));
    if (isThere) return [];
    const { path, line } = span;
    return [{ path, line, what: `there is no file ${name}`, instead: 'name one that is there' }];
  });
}

function isFile(path: string): boolean {
  return existsSync(path) && statSync(path).isFile();
}

function endsWithPath(file: string, end: string): boolean {
  return file === end || file.endsWith(`/${end}`);
}
