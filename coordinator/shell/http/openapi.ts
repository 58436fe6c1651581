/** The description of the interface in OpenAPI 3.1: made of the routes and their schemas. */
import { z } from 'zod';
import { errorCodes } from '../../../shared/protocol/errors.ts';
import type { ReplyDescription, Route } from './route.ts';

const errorReply = z
  .strictObject({
    error: z.strictObject({
      code: z.string().describe(`such as ${errorCodes.slice(0, 3).join(', ')}`),
      message: z.string().describe('what was found, what was expected, what to do'),
      retriable: z.boolean().describe('the very same request may work later'),
    }),
  })
  .meta({ id: 'Error' });

const openAiError = z
  .strictObject({
    error: z.strictObject({
      message: z.string(),
      type: z.string(),
      code: z.string(),
      param: z.string().nullable(),
    }),
  })
  .meta({ id: 'OpenAiError' });

type Json = Record<string, unknown>;

/** Schemas with an id are named once, among the components. */
interface Described {
  readonly io: 'input' | 'output';
  readonly schemas: Json;
}

export function openApi(routes: readonly Route[]): object {
  const schemas: Json = {};
  const paths: Record<string, Json> = {};
  for (const route of routes) {
    const path = route.path.replace('{*', '{');
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(route, schemas) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'isochron',
      version: '1',
      description: 'Samples from diffusion models in parallel in time. See docs/HTTP.md.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: 'http://127.0.0.1:7402' }],
    paths,
    components: {
      schemas: sorted(schemas),
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
    },
  };
}

function sorted(record: Json): Json {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function operation(route: Route, schemas: Json): Json {
  const { scope, body, status = 200, replies } = route;
  const output = { io: 'output', schemas } as const;
  const errors = reference(route.openAi ? openAiError : errorReply, output);
  const contents = replies.map((reply) => Object.entries(contentOf(reply, output)));
  const content = Object.fromEntries(contents.flat());
  const [first] = replies;
  return {
    operationId: route.name,
    summary: route.description,
    security: scope === 'none' ? [] : [{ token: [scope] }],
    ...parametersOf(route, schemas),
    ...(body && {
      requestBody: {
        required: true,
        description: `at most ${body.bytesMax} bytes`,
        content: {
          'application/json': { schema: reference(body.schema, { io: 'input', schemas }) },
        },
      },
    }),
    responses: {
      [status]: { description: first?.description ?? '', content },
      default: { description: 'an error', content: { 'application/json': { schema: errors } } },
    },
  };
}

function contentOf({ type, schema, events }: ReplyDescription, described: Described): Json {
  if (schema) return { [type]: { schema: reference(schema, described) } };
  if (!events) return { [type]: {} };
  // OpenAPI 3.1 has no word for the events of a stream
  const named = Object.entries({ ...events, error: errorReply }).map(
    ([name, data]) => [name, reference(data, described)] as const,
  );
  return { [type]: { schema: { type: 'string' }, 'x-events': Object.fromEntries(named) } };
}

function parametersOf({ params = {}, query }: Route, schemas: Json): Json {
  const inPath = Object.entries(params).map(([name, description]) => {
    return { name, in: 'path', required: true, description, schema: { type: 'string' } };
  });
  const { properties = {} } = query ? schemaOf(query, { io: 'input', schemas }) : {};
  const inQuery = Object.entries(properties as Record<string, Json>).map(([name, schema]) => {
    return { name, in: 'query', required: false, schema };
  });
  const parameters = [...inPath, ...inQuery];
  return parameters.length > 0 ? { parameters } : {};
}

/** A reference where the schema has an id, which is then among the components. */
function reference(schema: z.ZodType, described: Described): Json {
  const id = schema.meta()?.id;
  const own = schemaOf(schema, described);
  if (id === undefined) return own;
  described.schemas[id] ??= own;
  return { $ref: `#/components/schemas/${id}` };
}

function schemaOf(schema: z.ZodType, { io, schemas }: Described): Json {
  const made = z.toJSONSchema(schema, { io, reused: 'inline' }) as Json;
  const { $schema: _dialect, $defs = {}, id: _id, ...own } = rebased(made) as Json;
  for (const [id, inner] of Object.entries($defs as Json)) {
    const { id: _inner, ...bare } = inner as Json;
    schemas[id] ??= bare;
  }
  return own;
}

/** Definitions live among the components. */
function rebased(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(rebased);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([name, inner]) => {
    if (name !== '$ref' || typeof inner !== 'string') return [name, rebased(inner)] as const;
    return [name, inner.replace('#/$defs/', '#/components/schemas/')] as const;
  });
  return Object.fromEntries(entries);
}
