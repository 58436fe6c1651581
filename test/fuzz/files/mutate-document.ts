/** JSON, YAML and their like with something wrong in them. */
import { stringify } from 'yaml';
import type { Draws } from '../draws.ts';
import { hostileIntegers, hostileNumbers, hostileTexts, mutated } from '../hostile.ts';

type Document = Readonly<Record<string, unknown>>;
type Path = readonly (string | number)[];

/** Of brackets in a text of a few kB. */
const DEPTH = 1_500;

/** Bytes of the document, mostly changed where its meaning is, else in its text. */
export function brokenJson(document: unknown, draws: Draws): Buffer {
  return broken((value) => JSON.stringify(value), document, draws);
}

export function brokenYaml(document: unknown, draws: Draws): Buffer {
  if (draws.chance(0.05)) return Buffer.from(draws.pick(yamlBombs));
  return broken((value) => stringify(value), document, draws);
}

const yamlBombs = [
  'a: &a [x, x, x, x, x, x, x, x, x]\nb: &b [*a, *a, *a, *a, *a, *a, *a]\nc: [*b, *b, *b, *b]\n',
  `${'['.repeat(DEPTH)}${']'.repeat(DEPTH)}`,
  `${'{a: '.repeat(DEPTH)}`,
  `${'- '.repeat(DEPTH)}x`,
  'a: !!js/function "function () {}"\n',
  '? [1, 2]\n: 3\n',
  '--- 1\n--- 2\n',
  'a: 1\na: 2\n',
  '%YAML 9.9\n---\na: 1\n',
  '<<: {a: 1}\n__proto__: {polluted: true}\n',
  `a: "${'\\u0000'.repeat(100)}"`,
];

function broken(print: (value: unknown) => string, document: unknown, draws: Draws): Buffer {
  if (draws.chance(0.3)) return mutated(Buffer.from(print(document)), draws);
  let changed = document;
  for (let left = 1 + draws.below(3); left > 0; left--) changed = changedIn(changed, draws);
  return Buffer.from(print(changed) ?? '');
}

/** A copy with another value, one value less or one more, somewhere. */
export function changedIn(document: unknown, draws: Draws): unknown {
  const paths = pathsOf(document);
  if (paths.length === 0) return hostileValue(draws);
  const path = draws.pick(paths);
  const what = draws.below(10);
  if (what < 2) return withValue(document, path, undefined);
  if (what < 3)
    return withValue(document, [...path.slice(0, -1), extraKey(draws)], hostileValue(draws));
  return withValue(document, path, hostileValue(draws));
}

function extraKey(draws: Draws): string {
  return draws.pick(['__proto__', 'constructor', 'toString', 'extra', '', 'length', '0']);
}

function hostileValue(draws: Draws): unknown {
  return draws.pick<() => unknown>([
    () => Number(draws.pick(hostileIntegers)),
    () => draws.pick(hostileNumbers),
    () => draws.pick(hostileTexts).slice(0, 5_000),
    () => draws.pick([null, true, false, [], {}, [[]], '']),
    () => Array.from({ length: draws.pick([1, 9, 200]) }, () => draws.pick(hostileNumbers)),
    () => ({ [extraKey(draws)]: draws.pick(hostileTexts).slice(0, 50) }),
    () => nested(draws.pick([5, 60])),
  ])();
}

function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let k = 0; k < depth; k++) value = k % 2 === 0 ? [value] : { a: value };
  return value;
}

function pathsOf(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null || path.length > 6) return [];
  return Object.entries(value)
    .slice(0, 200)
    .flatMap(([key, inner]) => {
      const own = [...path, Array.isArray(value) ? Number(key) : key];
      return [own, ...pathsOf(inner, own)];
    });
}

/** Undefined takes it away. */
function withValue(document: unknown, path: Path, value: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  if (Array.isArray(document)) {
    const list = document as unknown[];
    if (value === undefined && rest.length === 0) return list.filter((_, k) => k !== key);
    return list.map((one, k) => (k === key ? withValue(one, rest, value) : one));
  }
  const own = (typeof document === 'object' && document !== null ? document : {}) as Document;
  const { [key]: inner, ...others } = own;
  if (value === undefined && rest.length === 0) return others;
  // as its own key, whatever it is called
  return Object.fromEntries([...Object.entries(others), [key, withValue(inner, rest, value)]]);
}
