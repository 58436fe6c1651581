/** How much is in a JSON text, before it is parsed: brackets make fifty times their size. */

const [QUOTE, BACKSLASH, COMMA] = [0x22, 0x5c, 0x2c] as const;
const [LEFT_SQUARE, RIGHT_SQUARE, LEFT_CURLY, RIGHT_CURLY] = [0x5b, 0x5d, 0x7b, 0x7d] as const;

export interface JsonSize {
  /** Values at least, of all lists and objects; of what is no JSON, about so many. */
  readonly values: number;
  /** Lists and objects in one another. */
  readonly depth: number;
}

/** Reads a text in UTF-8 once, and keeps nothing of it. */
export function jsonSize(text: Uint8Array): JsonSize {
  let values = 1;
  let open = 0;
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const byte = text[at];
    if (byte === QUOTE) at = endOfString(text, at);
    else if (byte === COMMA) values++;
    else if (byte === RIGHT_SQUARE || byte === RIGHT_CURLY) open--;
    else if (byte === LEFT_SQUARE || byte === LEFT_CURLY) {
      values++;
      depth = Math.max(depth, ++open);
    }
  }
  return { values, depth };
}

/** Where the quote is that ends it. */
function endOfString(text: Uint8Array, begin: number): number {
  let at = begin + 1;
  while (at < text.length && text[at] !== QUOTE) at += text[at] === BACKSLASH ? 2 : 1;
  return at;
}
