/** Of a value that comes back in an error: enough to know it again. */
const SHOWN_MAX = 200;

/** As an error shows it: whole where it is short, else its beginning, never half a character. */
export function shownText(text: string): string {
  return text.length > SHOWN_MAX ? `${text.slice(0, SHOWN_MAX).toWellFormed()}...` : text;
}
