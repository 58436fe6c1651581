/** The client library as the TypeScript compiler sees it. */
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { packageRoot } from '../../shared/protocol/package-root.ts';

export interface Documented {
  readonly checker: ts.TypeChecker;
  /** Names without a docstring, found so far. */
  readonly undocumented: string[];
}

/** What the file exports, classes first, then by name. */
export function createApiProgram(entry: string): {
  readonly checker: ts.TypeChecker;
  readonly exported: readonly ts.Symbol[];
} {
  const config = join(packageRoot(), 'tsconfig.json');
  const read = ts.readConfigFile(config, (path) => ts.sys.readFile(path));
  const { options } = ts.parseJsonConfigFileContent(read.config, ts.sys, dirname(config));
  const program = ts.createProgram([entry], options);
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(entry);
  const module = source === undefined ? undefined : checker.getSymbolAtLocation(source);
  if (module === undefined) throw new Error(`${entry} exports nothing`);
  const exported = checker.getExportsOfModule(module).map((symbol) => {
    const alias = (symbol.flags & ts.SymbolFlags.Alias) !== 0;
    return alias ? checker.getAliasedSymbol(symbol) : symbol;
  });
  const rank = (symbol: ts.Symbol): number =>
    symbol.name === 'Client' ? 0 : isClass(symbol) ? 1 : 2;
  exported.sort((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : 1));
  return { checker, exported };
}

function isClass(symbol: ts.Symbol): boolean {
  return (symbol.flags & ts.SymbolFlags.Class) !== 0;
}

/** Paragraphs stay; lines within them are joined. */
export function docOf(symbol: ts.Symbol, { checker }: Documented): string {
  const text = ts.displayPartsToString(symbol.getDocumentationComment(checker));
  return text.replaceAll(/([^\n])\n(?!\n)/g, '$1 ').trim();
}

export function throwsOf(symbol: ts.Symbol, { checker }: Documented): string {
  const tags = symbol.getJsDocTags(checker);
  return tags
    .filter(({ name }) => name === 'throws' || name === 'returns')
    .map(({ name, text }) => {
      const said = ts.displayPartsToString(text).replaceAll(/\s+/g, ' ').trim();
      return `${name === 'throws' ? 'Throws' : 'Gives'}: ${said}`;
    })
    .join('\n\n');
}
