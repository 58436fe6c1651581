/** docs/RPC.md: calls and messages of clients, with the comments of the protos. */
import { cell, code, generatedNotice, page, table } from './markdown.ts';

export interface Proto {
  readonly path: string;
  readonly text: string;
}

interface Entry {
  readonly name: string;
  readonly type: string;
  readonly number: string;
  readonly comment: string;
}

interface Block {
  readonly kind: string;
  readonly name: string;
  readonly comment: string;
  readonly entries: Entry[];
}

const about = `# gRPC reference

What clients call, in package \`isochron.v1\`; the files are in \`proto/isochron/v1\` and in
the published package. Any gRPC library will do: the client port has server reflection and
health checks, and [examples/python](examples/python/README.md) is a client in Python. How
workers talk to a coordinator is in [PROTOCOL.md](PROTOCOL.md). Every error has the trailing
metadata \`isochron-code\`, one of the codes in [API.md](API.md#error-codes),
\`isochron-retriable\` and \`isochron-context\`, a JSON object.`;

const field = /^((?:repeated |optional )?[\w.]+)\s+(\w+)\s*=\s*(\d+)\s*(?:\[.*\])?;/;
const value = /^(\w+)\s*=\s*(\d+)\s*;/;
const call = /^rpc\s+(\w+)\((.+?)\)\s*returns\s*\((.+?)\)/;
const opening = /^(service|message|enum)\s+(\w+)\s*\{/;

export function rpcPage(protos: readonly Proto[]): string {
  const blocks = protos.flatMap(({ text }) => blocksOf(text));
  const order = ['service', 'message', 'enum'];
  blocks.sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind));
  return page([generatedNotice, about, ...blocks.map(section)]);
}

/** The tidy test sees to it that every field and call has a comment above it. */
function blocksOf(text: string): Block[] {
  const blocks: Block[] = [];
  let comment: string[] = [];
  for (const raw of text.split('\n')) {
    const line = raw.trim();
    if (line.startsWith('//')) {
      comment.push(line.replace(/^\/\/\s?/, ''));
      continue;
    }
    const said = comment.join(' ');
    const [, kind, name] = opening.exec(line) ?? [];
    const entry = entryOf(line, blocks.at(-1)?.kind ?? '', said);
    if (kind !== undefined && name !== undefined)
      blocks.push({ kind, name, comment: said, entries: [] });
    else if (entry !== undefined) blocks.at(-1)?.entries.push(entry);
    comment = [];
  }
  return blocks;
}

function entryOf(line: string, kind: string, comment: string): Entry | undefined {
  const found = { service: call, message: field, enum: value }[kind]?.exec(line);
  if (found === undefined || found === null) return undefined;
  const [, first = '', second = '', third = ''] = found;
  if (kind === 'service') return { name: first, type: second, number: third, comment };
  if (kind === 'enum') return { name: first, type: '', number: second, comment };
  return { name: second, type: first, number: third, comment };
}

function section({ kind, name, comment, entries }: Block): string {
  const head = `## ${name}`;
  if (kind === 'service') {
    const rows = entries.map((rpc) => [
      code(rpc.name),
      linked(rpc.type),
      linked(rpc.number),
      cell(rpc.comment),
    ]);
    return page([head, comment, table(['call', 'takes', 'answers', ''], rows)]).trimEnd();
  }
  const rows = entries.map((entry) =>
    kind === 'enum'
      ? [code(entry.name), entry.number, cell(entry.comment)]
      : [code(entry.name), linked(entry.type), entry.number, cell(entry.comment)],
  );
  const columns = kind === 'enum' ? ['value', 'number', ''] : ['field', 'type', 'number', ''];
  return page([head, comment, rows.length === 0 ? '' : table(columns, rows)]).trimEnd();
}

/** Messages are on this page; scalars are protobuf's own. */
function linked(type: string): string {
  const name = type.split(' ').at(-1) ?? '';
  const before = type.slice(0, type.length - name.length);
  return /^[A-Z]/.test(name) ? `${before}[${name}](#${name.toLowerCase()})` : type;
}
