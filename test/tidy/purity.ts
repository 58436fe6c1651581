import ts from 'typescript';
import { lineOf, nodes, type Source, type Violation } from './source.ts';

const pure = /^(shared\/(kernel|numerics)|coordinator\/core|worker\/core)\//;
const synchronous = /^coordinator\/core\//;
const bitExact = /^shared\/(kernel\/random\.ts|numerics\/(solver\/|vector\.ts|scan\.ts))/;

const asArgument = 'take it as an argument';
const asTick = 'time arrives as a Tick event or an argument';
const asSeed = 'use shared/kernel/random.ts with a seed';

/** Members nobody may touch in a pure folder; `*` stands for every member. */
const impureMembers: Record<string, [members: string[] | '*', instead: string]> = {
  Date: [['now', 'parse', 'UTC'], asTick],
  Math: [['random'], asSeed],
  crypto: ['*', asSeed],
  process: ['*', asArgument],
  performance: ['*', asTick],
  console: ['*', 'return it as a value'],
  globalThis: ['*', asArgument],
};

const impureCalls: Record<string, string> = {
  setTimeout: asTick,
  setInterval: asTick,
  setImmediate: asTick,
  queueMicrotask: asTick,
  fetch: asArgument,
  Date: asTick,
};

/** ECMAScript leaves these to the implementation, so two machines may differ in the last bit. */
const approximated = new Set([
  ...['exp', 'expm1', 'log', 'log1p', 'log2', 'log10', 'pow', 'cbrt', 'hypot'],
  ...['sin', 'cos', 'tan', 'asin', 'acos', 'atan', 'atan2', 'sinh', 'cosh', 'tanh'],
]);

function memberAccess(node: ts.Node): { object: string; member: string } | undefined {
  if (!ts.isPropertyAccessExpression(node) || !ts.isIdentifier(node.expression)) return undefined;
  return { object: node.expression.text, member: node.name.text };
}

function impurity(node: ts.Node): [what: string, instead: string] | undefined {
  const access = memberAccess(node);
  const rule =
    access && Object.hasOwn(impureMembers, access.object) && impureMembers[access.object];
  if (rule && (rule[0] === '*' || rule[0].includes(access.member))) {
    return [`${access.object}.${access.member} in a pure folder`, rule[1]];
  }
  if (!ts.isCallExpression(node) && !ts.isNewExpression(node)) return undefined;
  if (!ts.isIdentifier(node.expression)) return undefined;
  const name = node.expression.text;
  if (!Object.hasOwn(impureCalls, name)) return undefined;
  const call = ts.isNewExpression(node) ? `new ${name}` : `${name}()`;
  return [`${call} in a pure folder`, impureCalls[name] ?? asArgument];
}

function asynchrony(node: ts.Node): [what: string, instead: string] | undefined {
  const waits =
    ts.isAwaitExpression(node) ||
    node.kind === ts.SyntaxKind.AsyncKeyword ||
    node.kind === ts.SyntaxKind.AwaitKeyword;
  if (!waits) return undefined;
  return ['async or await in coordinator/core', 'return a command; its answer comes as an event'];
}

function isConstant(node: ts.Expression): boolean {
  const literal = ts.isPrefixUnaryExpression(node) ? node.operand : node;
  return ts.isNumericLiteral(literal) || ts.isBigIntLiteral(literal);
}

function approximation(node: ts.Node): [what: string, instead: string] | undefined {
  const access = memberAccess(node);
  if (access?.object === 'Math' && approximated.has(access.member)) {
    return [
      `Math.${access.member} differs between machines in the last bit`,
      'use our own ln and sincos, or take the value as a coefficient',
    ];
  }
  if (!ts.isBinaryExpression(node)) return undefined;
  const power =
    node.operatorToken.kind === ts.SyntaxKind.AsteriskAsteriskToken ||
    node.operatorToken.kind === ts.SyntaxKind.AsteriskAsteriskEqualsToken;
  // Powers of constants, and of two, are exact on every engine we know.
  const exact =
    ['2', '2n'].includes(node.left.getText()) || [node.left, node.right].every(isConstant);
  if (!power || exact) return undefined;
  return ['** differs between machines in the last bit', 'multiply, or take it as a coefficient'];
}

export function impureCode(source: Source): Violation[] {
  const checks = [
    ...(pure.test(source.path) ? [impurity] : []),
    ...(synchronous.test(source.path) ? [asynchrony] : []),
    ...(bitExact.test(source.path) ? [approximation] : []),
  ];
  if (checks.length === 0) return [];
  const found: Violation[] = [];
  for (const node of nodes(source.tree)) {
    for (const check of checks) {
      const [what, instead] = check(node) ?? [];
      if (what === undefined || instead === undefined) continue;
      found.push({ path: source.path, line: lineOf(source, node.getStart()), what, instead });
    }
  }
  return found;
}
