/** docs/API.md: what `isochron/client` exports, with its docstrings. */
import ts from 'typescript';
import { errorCodes, SamplerError } from '../../shared/protocol/errors.ts';
import { grpcStatus } from '../../shared/protocol/status.ts';
import { cell, code, generatedNotice, page, table } from './markdown.ts';
import { createApiProgram, docOf, throwsOf, type Documented } from './program.ts';

const about = `# Client library

\`import { Client } from 'isochron/client'\`, for Node 24. Plain data goes in and comes out:
tensors are typed arrays, row-major, in the model's data units, and times are milliseconds
unless a name says otherwise. Programs that use it are in [examples](examples/README.md).`;

export function apiPage(entry: string): string {
  const { checker, exported } = createApiProgram(entry);
  const undocumented: string[] = [];
  const sections = exported.map((symbol) => section(symbol, { checker, undocumented }));
  if (undocumented.length > 0) {
    throw new Error(`exported without a docstring: ${undocumented.sort().join(', ')}`);
  }
  const index = exported.map(({ name }) => `[${name}](#${name.toLowerCase()})`).join(' · ');
  return page([generatedNotice, about, index, ...sections, errorTable(exported)]);
}

function section(symbol: ts.Symbol, context: Documented): string {
  const { name } = symbol;
  const head = `## ${name}`;
  const doc = docOf(symbol, context);
  if (doc === '') context.undocumented.push(name);
  const [declaration] = symbol.declarations ?? [];
  if (declaration === undefined) return page([head, doc]).trimEnd();
  if (ts.isClassDeclaration(declaration))
    return page([head, doc, ...methods(declaration, symbol, context)]).trimEnd();
  if (ts.isInterfaceDeclaration(declaration))
    return page([head, doc, members(declaration, symbol, context)]).trimEnd();
  const text = ts.isFunctionDeclaration(declaration)
    ? signature(declaration)
    : declaredType(declaration);
  return page([head, doc, `\`\`\`ts\n${text}\n\`\`\``]).trimEnd();
}

function declaredType(declaration: ts.Declaration): string {
  return declaration.getText().replace(/^export /, '');
}

function members(node: ts.InterfaceDeclaration, symbol: ts.Symbol, context: Documented): string {
  const type = context.checker.getDeclaredTypeOfSymbol(symbol);
  const rows = context.checker.getPropertiesOfType(type).map((property) => {
    const doc = docOf(property, context);
    if (doc === '') context.undocumented.push(`${symbol.name}.${property.name}`);
    const optional = (property.flags & ts.SymbolFlags.Optional) !== 0;
    return [
      code(`${property.name}${optional ? '?' : ''}`),
      typeOf(property, node, context),
      cell(doc),
    ];
  });
  return table(['member', 'type', ''], rows);
}

/** As it is written, where it is written. */
function typeOf(property: ts.Symbol, node: ts.Node, { checker }: Documented): string {
  const [declaration] = property.declarations ?? [];
  const written =
    declaration !== undefined && ts.isPropertySignature(declaration)
      ? declaration.type?.getText()
      : undefined;
  const type = written ?? checker.typeToString(checker.getTypeOfSymbolAtLocation(property, node));
  return code(type.replace(/ \| undefined$/, ''));
}

function methods(node: ts.ClassDeclaration, symbol: ts.Symbol, context: Documented): string[] {
  return node.members.flatMap((member) => {
    const own = member.name;
    if (own !== undefined && ts.isPrivateIdentifier(own)) return [];
    const isPrivate =
      ts.canHaveModifiers(member) &&
      (ts.getModifiers(member) ?? []).some(({ kind }) => kind === ts.SyntaxKind.PrivateKeyword);
    if (isPrivate) return [];
    const name = own?.getText() ?? 'constructor';
    const found = own === undefined ? undefined : context.checker.getSymbolAtLocation(own);
    const doc = found === undefined ? '' : docOf(found, context);
    if (doc === '' && own !== undefined) context.undocumented.push(`${symbol.name}.${name}`);
    const throws = found === undefined ? '' : throwsOf(found, context);
    return [page([`### ${titleOf(symbol.name, name)}`, fenced(member), doc, throws]).trimEnd()];
  });
}

function titleOf(owner: string, name: string): string {
  return name === 'constructor' ? `new ${owner}` : `${owner}.${name}`.replace('.[', '[');
}

function fenced(member: ts.ClassElement): string {
  const text = ts.isPropertyDeclaration(member) ? declaredType(member) : signature(member);
  return `\`\`\`ts\n${text.replace(/^override /, '')}\n\`\`\``;
}

/** The head of a function, without its body. */
function signature(node: ts.Node): string {
  const body = (node as ts.FunctionLikeDeclaration).body;
  const text = node.getText();
  const head = body === undefined ? text : text.slice(0, body.getStart() - node.getStart());
  const flat = head
    .replaceAll(/\s+/g, ' ')
    .replace(/^export /, '')
    .replace(/^async \*?/, '');
  return flat
    .replace(/^function /, '')
    .replaceAll(/\( /g, '(')
    .replaceAll(/, \)/g, ')')
    .trim();
}

/** With the comment of each code, in the list of them. */
function errorTable(exported: readonly ts.Symbol[]): string {
  const declared = exported.find(({ name }) => name === 'ErrorCode')?.declarations?.[0];
  const source = declared?.getSourceFile();
  if (source === undefined) throw new Error('isochron/client exports no ErrorCode');
  const rows = errorCodes.map((errorCode) => {
    const meaning = commentBefore(source.text, `'${errorCode}',`);
    if (meaning === '') throw new Error(`${errorCode} has no comment in errorCodes`);
    const { retriable } = new SamplerError(errorCode, '');
    return [
      code(errorCode),
      cell(meaning),
      retriable ? 'yes' : 'no',
      String(grpcStatus[errorCode]),
    ];
  });
  const head = '## Error codes';
  const said =
    '`SamplerError.code`. Retriable: the very same call may work later; an error may say ' +
    'otherwise of itself.';
  return page([head, said, table(['code', 'meaning', 'retriable', 'gRPC status'], rows)]).trimEnd();
}

function commentBefore(text: string, line: string): string {
  const at = text.indexOf(`  ${line}`);
  const above = text.slice(0, at).trimEnd().split('\n').at(-1)?.trim() ?? '';
  return /^\/\*\* (.*) \*\/$/.exec(above)?.[1] ?? '';
}
