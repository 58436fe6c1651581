import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';

export const root = dirname(dirname(import.meta.dirname));

/** One file as the rules see it; `path` is relative to the repository, with forward slashes. */
export interface Source {
  path: string;
  text: string;
  tree: ts.SourceFile;
}

export interface Violation {
  path: string;
  line: number;
  what: string;
  instead: string;
}

const codeFolders =
  '{shared,coordinator,worker,cli,dashboard,proto,models,test,bench,deploy,docs,.ci}/**/*.{ts,tsx}';
const notOurs = /(^|\/)(node_modules|generated|golden|dist|\.venv)\//;

export function parse(path: string, text: string): Source {
  const kind = path.endsWith('.tsx') ? ts.ScriptKind.TSX : ts.ScriptKind.TS;
  return { path, text, tree: ts.createSourceFile(path, text, ts.ScriptTarget.ES2024, true, kind) };
}

export function filesMatching(patterns: string[]): string[] {
  const found = globSync(patterns, { cwd: root }).map((path) => path.replaceAll('\\', '/'));
  return found.filter((path) => !notOurs.test(path)).sort();
}

export function ourSources(): Source[] {
  return filesMatching([codeFolders, '*.ts']).map((path) =>
    parse(path, readFileSync(join(root, path), 'utf8')),
  );
}

export function lineOf(source: Source, position: number): number {
  return source.tree.getLineAndCharacterOfPosition(position).line + 1;
}

/** Every node of the file, parents first. */
export function* nodes(top: ts.Node): Generator<ts.Node> {
  const stack: ts.Node[] = [top];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    yield node;
    const children: ts.Node[] = [];
    ts.forEachChild(node, (child) => void children.push(child));
    stack.push(...children.reverse());
  }
}

export function describeAll(violations: Violation[]): string {
  return violations.map((v) => `${v.path}:${v.line}: ${v.what}; ${v.instead}`).join('\n');
}
