/** Error texts that a document quotes, with `…` where the program says a name or a number. */

/** Of the tables below the heading "Troubleshooting": the first column, in code font. */
export function quotedErrors(page: string): string[] {
  const [, part = ''] = page.split('## Troubleshooting');
  return [...part.matchAll(/^\| `([^`]+)` \|/gm)].map(([, text = '']) => text);
}

/** Those with a piece, between two `…`, that is in no source. */
export function unknownErrors(quoted: readonly string[], sources: readonly string[]): string[] {
  const whole = sources.map(joined).join('\n');
  return quoted.filter((text) => !text.split('…').every((piece) => whole.includes(piece)));
}

/** Texts over several lines in one piece. */
function joined(source: string): string {
  return source
    .replaceAll(/['`]\s*\+\s*['`]/g, '')
    .replaceAll(/\$\{[^}]*\}/g, '…')
    .replaceAll('`', ' ');
}
