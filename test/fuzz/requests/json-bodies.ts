/** Bodies of the HTTP routes: as their schemas have them, and made wrong from there. */
import { z } from 'zod';
import type { Route } from '../../../coordinator/shell/http/route.ts';
import type { Draws } from '../draws.ts';
import { changedIn } from '../files/mutate-document.ts';
import { hostileNumbers, hostileTexts, mutated } from '../hostile.ts';
import { valueNamed, type Known } from './messages.ts';

interface Schema {
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, Schema>>;
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly contentEncoding?: string;
}

const schemas = new Map<string, Schema>();

function schemaOf({ path, body }: Route): Schema {
  const known = schemas.get(path);
  if (known || !body) return known ?? {};
  const made = z.toJSONSchema(body.schema, { io: 'input', reused: 'inline' }) as Schema;
  // one with an id is among the definitions
  const own = made.$defs?.[made.$ref?.split('/').at(-1) ?? ''] ?? made;
  schemas.set(path, own);
  return own;
}

/** What is asked of it, and some of what may be. */
export function goodBody(route: Route, draws: Draws, known: Known): Record<string, unknown> {
  return objectOf(schemaOf(route), draws, known);
}

function objectOf(schema: Schema, draws: Draws, known: Known): Record<string, unknown> {
  const { properties = {}, required = [] } = schema;
  const share = draws.pick([0, 0.05, 0.2]);
  const present = Object.entries(properties).filter(
    ([name]) => [...required, 'solver'].includes(name) || draws.chance(share),
  );
  return Object.fromEntries(
    present.map(([name, inner]) => {
      const named = inner.type === 'array' ? undefined : valueNamed(name, draws, known);
      const told = typeof named === 'object' ? undefined : named;
      return [name, told ?? valueOf(inner, draws, known)];
    }),
  );
}

function valueOf(schema: Schema, draws: Draws, known: Known): unknown {
  if (schema.enum) return draws.pick(schema.enum);
  if (schema.anyOf) return valueOf(draws.pick(schema.anyOf), draws, known);
  switch (schema.type ?? '') {
    case 'string':
      if (schema.contentEncoding === 'base64')
        return draws.bytes(4 * draws.below(9)).toString('base64');
      return draws.pick(['', 'a', 'class', '256x256']);
    case 'integer':
      return draws.below(9);
    case 'number':
      return draws.float();
    case 'boolean':
      return draws.chance(0.5);
    case 'array':
      return Array.from({ length: draws.below(4) }, () =>
        valueOf(schema.items ?? {}, draws, known),
      );
    default:
      return objectOf(schema, draws, known);
  }
}

/** What a parser or a schema trips over, whatever the route. */
const odd: readonly ((draws: Draws, good: object) => Buffer | string)[] = [
  () => '',
  () => '\ufeff{}',
  () => '{"model": "mixture6", "steps": 1e999}',
  () => '{"model": "mixture6", "steps": 4, "steps": "4"}',
  () => '{"__proto__": {"model": "mixture6"}, "constructor": {"prototype": {}}}',
  (draws) => `${draws.pick(['[', '{"a":'])}`.repeat(draws.pick([31, 33, 1_000, 20_000])),
  (draws) => {
    const depth = draws.pick([31, 32, 33, 5_000]);
    return `{"model": ${'['.repeat(depth)}${']'.repeat(depth)}}`;
  },
  (draws, good) =>
    JSON.stringify({ ...good, prompts: new Array(draws.pick([1_024, 100_001])).fill('') }),
  (draws, good) => JSON.stringify({ ...good, guidanceSchedule: manyNumbers(draws) }),
  (_, good) =>
    JSON.stringify({ ...good, inputs: [{ name: 'class', value: new Array(9_000).fill(1) }] }),
  (_, good) => JSON.stringify({ ...good, sigmas: '1,'.repeat(99_999) }),
  (draws, good) => JSON.stringify({ ...good, model: draws.pick(hostileTexts) }),
  // bytes that are no UTF-8
  (draws, good) =>
    Buffer.from(JSON.stringify(good).replaceAll('m', '\xff'), draws.pick(['latin1', 'utf16le'])),
  (_, good) => JSON.stringify(JSON.stringify(good)),
  (_, good) => JSON.stringify([good]),
  (draws) => JSON.stringify(draws.pick([null, 1, true, 'x', []])),
  (draws) => draws.bytes(draws.below(300)),
];

function manyNumbers(draws: Draws): number[] {
  return new Array<number>(draws.pick([10, 10_001, 99_000])).fill(draws.pick(hostileNumbers));
}

export function hostileBody(good: object, draws: Draws): Buffer {
  const how = draws.float();
  if (how < 0.1) return Buffer.from(JSON.stringify(good));
  if (how < 0.25) return Buffer.from(draws.pick(odd)(draws, good));
  if (how < 0.4) return mutated(Buffer.from(JSON.stringify(good)), draws);
  let changed: unknown = good;
  for (let left = 1 + draws.below(3); left > 0; left--) changed = changedIn(changed, draws);
  return Buffer.from(JSON.stringify(changed) ?? '');
}
