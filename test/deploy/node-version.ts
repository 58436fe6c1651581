/** Whether a version such as 24.9.0 is before another one. */
export function isBelow(version: string, floor: string): boolean {
  const wanted = floor.split('.').map(Number);
  const found = version.split('.').map(Number);
  const place = wanted.findIndex((number, k) => number !== found[k]);
  return place >= 0 && (found[place] ?? 0) < (wanted[place] ?? 0);
}
