/** As much of Markdown as the documents use: fenced blocks, headings, links and code spans. */

export interface Block {
  /** File, relative to the repository, and the line of the opening fence. */
  readonly path: string;
  readonly line: number;
  readonly language: string;
  readonly text: string;
  /** What the HTML comment directly above it says, without the marks; undefined without one. */
  readonly comment: string | undefined;
}

/** A link target or a code span, with the line that it is on. */
export interface Span {
  readonly path: string;
  readonly line: number;
  readonly text: string;
}

export interface Document {
  readonly path: string;
  readonly blocks: readonly Block[];
  /** Anchors of its headings, as code hosts make them. */
  readonly anchors: ReadonlySet<string>;
  readonly links: readonly Span[];
  readonly codeSpans: readonly Span[];
  /** Commands in blocks that are indented and not fenced, where no marker can stand. */
  readonly indented: readonly Span[];
}

const fence = /^(\s*)(`{3,})\s*([\w-]*)\s*$/;

export function parseMarkdown(path: string, text: string): Document {
  const lines = text.split('\n');
  const blocks: Block[] = [];
  const prose: string[] = [];
  for (let i = 0; i < lines.length; i += 1) {
    const [, indent = '', marks = '', language = ''] = fence.exec(lines[i] ?? '') ?? [];
    if (marks === '') {
      prose.push(lines[i] ?? '');
      continue;
    }
    const isEnd = (line: string): boolean => line.trim() === marks;
    const end = lines.findIndex((line, k) => k > i && isEnd(line));
    const last = end < 0 ? lines.length : end;
    const body = lines.slice(i + 1, last).map((line) => line.slice(indentOf(line, indent)));
    const comment = commentAbove(prose);
    blocks.push({ path, line: i + 1, language, text: body.join('\n'), comment });
    // Lines of a block are no prose, and those after it keep their numbers.
    prose.push(...lines.slice(i, last + 1).map(() => ''));
    i = last;
  }
  return { path, blocks, ...inProse(path, prose) };
}

function indentOf(line: string, indent: string): number {
  return line.startsWith(indent) ? indent.length : 0;
}

/** The comment may be several lines long; an empty line between it and the block is allowed. */
function commentAbove(prose: readonly string[]): string | undefined {
  const text = prose.slice(-12).join('\n').trimEnd();
  const start = text.endsWith('-->') ? text.lastIndexOf('<!--') : -1;
  if (start < 0) return undefined;
  return text
    .slice(start + 4, -3)
    .replaceAll(/\s+/g, ' ')
    .trim();
}

function inProse(path: string, prose: readonly string[]) {
  const anchors = new Set<string>();
  const links: Span[] = [];
  const codeSpans: Span[] = [];
  const indented: Span[] = [];
  for (const [index, line] of prose.entries()) {
    const at = (text: string): Span => ({ path, line: index + 1, text });
    if (/^ {4,}(?:\$ |npm run |npx |isochron )/.test(line)) indented.push(at(line.trim()));
    const [, heading] = /^#{1,6}\s+(.*?)\s*$/.exec(line) ?? [];
    if (heading !== undefined) anchors.add(unusedAnchor(anchors, anchorOf(heading)));
    for (const [, id = ''] of line.matchAll(/<a (?:id|name)="([^"]+)"/g)) anchors.add(id);
    const withoutCode = line.replaceAll(/`+[^`]*`+/g, (code) => ' '.repeat(code.length));
    for (const [, target = ''] of withoutCode.matchAll(/\]\(<?([^)\s>]+)>?[^)]*\)/g)) {
      links.push(at(target));
    }
    for (const [, target = ''] of line.matchAll(/(?:src|srcset|href)="([^"\s]+)"/g)) {
      links.push(at(target));
    }
  }
  // A code span may go over the end of a line.
  const whole = prose.join('\n');
  for (const match of whole.matchAll(/(?<!`)`([^`]+)`(?!`)/g)) {
    const line = whole.slice(0, match.index).split('\n').length;
    codeSpans.push({ path, line, text: (match[1] ?? '').replaceAll(/\s+/g, ' ') });
  }
  return { anchors, links, codeSpans, indented };
}

/** The rule of code hosts: lower case, no punctuation, hyphens for spaces. */
export function anchorOf(heading: string): string {
  const plain = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').replaceAll(/[`*]/g, '');
  const kept = plain.toLowerCase().replaceAll(/[^\p{L}\p{N}\s_-]/gu, '');
  return kept.trim().replaceAll(/\s/g, '-');
}

function unusedAnchor(anchors: ReadonlySet<string>, anchor: string): string {
  if (!anchors.has(anchor)) return anchor;
  let n = 1;
  while (anchors.has(`${anchor}-${n}`)) n += 1;
  return `${anchor}-${n}`;
}
