/** Aligned text tables, and the width of text on a terminal. */

export interface Column {
  readonly title: string;
  /** By default right when every cell of the column is a number or missing, left otherwise. */
  readonly align?: 'left' | 'right';
}

export type Cell = string | number | null | undefined;

const GAP = '  ';
const MISSING = '-';

/** Title line, rule, then one line per row; no trailing blanks and no last line break. */
export function renderTable(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
): string {
  const laidOut = columns.map((column, c) =>
    layOutColumn(
      column,
      rows.map((row) => row[c]),
    ),
  );
  const lines = Array.from({ length: rows.length + 2 }, (_, line) =>
    laidOut
      .map((cells) => cells[line] ?? '')
      .join(GAP)
      .trimEnd(),
  );
  return lines.join('\n');
}

function layOutColumn(column: Column, cells: readonly Cell[]): readonly string[] {
  const numeric = cells.length > 0 && cells.every((cell) => typeof cell !== 'string');
  const align = column.align ?? (numeric ? 'right' : 'left');
  const texts = [column.title, ...cells.map((cell) => plainText(String(cell ?? MISSING)))];
  const width = Math.max(...texts.map(terminalWidth));
  const padded = texts.map((text) => {
    const blanks = ' '.repeat(width - terminalWidth(text));
    return align === 'right' ? blanks + text : text + blanks;
  });
  return [padded[0] ?? '', '─'.repeat(width), ...padded.slice(1)];
}

/**
 * `text` without control characters: names come from other users and other machines, and an
 * escape sequence in one must not reach the terminal.
 */
export function plainText(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]+/gu, ' ');
}

/**
 * Columns that `text` takes on a terminal, rarely too many and never too few: East Asian
 * characters and emoji start at U+1100 and count two, except the symbols of U+2000 to U+2E7F.
 */
export function terminalWidth(text: string): number {
  let width = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    const symbol = code >= 0x2000 && code < 0x2e80 && !/\p{Emoji_Presentation}/u.test(character);
    width += code < 0x1100 || symbol ? 1 : 2;
  }
  return width;
}

/** `text`, cut with an ellipsis so that it takes at most `width` columns. */
export function truncate(text: string, width: number): string {
  if (terminalWidth(text) <= width) return text;
  let cut = '';
  let used = 0;
  for (const character of text) {
    used += terminalWidth(character);
    if (used > width - 1) break;
    cut += character;
  }
  return width > 0 ? `${cut}…` : '';
}
