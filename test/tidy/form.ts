import ts from 'typescript';
import { lineOf, nodes, type Source, type Violation } from './source.ts';

export const fileLinesMax = 400;
export const functionLinesMax = 70;
export const columnsMax = 100;

// Spelled in two halves so that this file passes its own rule.
const unfinished = new RegExp(`\\b${'FIX'}${'ME'}\\b`);

export function longFiles({ path, text }: Source): Violation[] {
  const lines = text.replace(/\n$/, '').split('\n').length;
  if (lines <= fileLinesMax) return [];
  const what = `${lines} lines, at most ${fileLinesMax}`;
  return [{ path, line: lines, what, instead: 'split it by idea' }];
}

/** The body of a `describe` is a table of contents, not something to understand in one go. */
function isSuite(node: ts.Node): boolean {
  if (!ts.isCallExpression(node.parent)) return false;
  return /^describe\b/.test(node.parent.expression.getText());
}

function nameOf(node: ts.SignatureDeclaration): string {
  if (node.name !== undefined) return node.name.getText();
  return ts.isVariableDeclaration(node.parent) ? node.parent.name.getText() : 'function';
}

export function longFunctions(source: Source): Violation[] {
  const found: Violation[] = [];
  for (const node of nodes(source.tree)) {
    if (!ts.isFunctionLike(node) || isSuite(node)) continue;
    const line = lineOf(source, node.getStart());
    const lines = lineOf(source, node.getEnd()) - line + 1;
    if (lines <= functionLinesMax) continue;
    const what = `${nameOf(node)} has ${lines} lines, at most ${functionLinesMax}`;
    found.push({ path: source.path, line, what, instead: 'name its parts and take them out' });
  }
  return found;
}

export function longLines({ path, text }: Source): Violation[] {
  const found: Violation[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    // Code points without combining marks: x̂₀ is two columns wide, not three.
    const columns = [...line.replaceAll(/\p{Mark}/gu, '')].length;
    if (columns <= columnsMax || line.includes('://')) continue;
    const what = `${columns} columns, at most ${columnsMax}`;
    found.push({ path, line: index + 1, what, instead: 'break the line' });
  }
  return found;
}

export function unfinishedWork({ path, text }: Source): Violation[] {
  const found: Violation[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (!unfinished.test(line)) continue;
    found.push({ path, line: index + 1, what: 'unfinished work', instead: 'finish it now' });
  }
  return found;
}

function at(source: Source, node: ts.Node): { path: string; line: number } {
  return { path: source.path, line: lineOf(source, node.getStart()) };
}

export function consoleOutput(source: Source): Violation[] {
  if (source.path.startsWith('dashboard/')) return [];
  const found: Violation[] = [];
  for (const node of nodes(source.tree)) {
    if (!ts.isPropertyAccessExpression(node) || node.expression.getText() !== 'console') continue;
    const instead = source.path.startsWith('cli/')
      ? 'write to process.stdout'
      : 'log with pino; a program that prints uses process.stdout';
    found.push({ ...at(source, node), what: node.getText(), instead });
  }
  return found;
}

export function skippedTests(source: Source): Violation[] {
  const found: Violation[] = [];
  for (const node of nodes(source.tree)) {
    if (!ts.isPropertyAccessExpression(node)) continue;
    if (!/^(it|test|describe|suite|bench)\b/.test(node.expression.getText())) continue;
    if (!['only', 'skip', 'todo', 'fails'].includes(node.name.text)) continue;
    const instead = 'repair or delete the test; skipIf may name a missing tool';
    found.push({ ...at(source, node), what: node.getText(), instead });
  }
  return found;
}

export function defaultExports(source: Source): Violation[] {
  if (/\.config\.ts$/.test(source.path)) return [];
  const found: Violation[] = [];
  for (const node of source.tree.statements) {
    const modifiers = ts.canHaveModifiers(node) ? (ts.getModifiers(node) ?? []) : [];
    const isDefault = modifiers.some((m) => m.kind === ts.SyntaxKind.DefaultKeyword);
    if (!isDefault && !ts.isExportAssignment(node)) continue;
    found.push({ ...at(source, node), what: 'a default export', instead: 'export it by name' });
  }
  return found;
}

export function barrels(source: Source): Violation[] {
  const instead = 'import from the file that defines the name';
  const { statements } = source.tree;
  const forwards = statements.filter((s) => ts.isExportDeclaration(s) && s.moduleSpecifier);
  const onlyForwards = forwards.length > 0 && forwards.length === statements.length;
  const isIndex = /(^|\/)index\.tsx?$/.test(source.path);
  // The published client library is the one place whose purpose is a list of names.
  const isBarrel = isIndex || (onlyForwards && source.path !== 'cli/client.ts');
  return isBarrel ? [{ path: source.path, line: 1, what: 'a barrel', instead }] : [];
}
