/** The first Node 24 with the HTTP/2 fixes that a listening process wants. */
export const securityFloor = [24, 18, 1] as const;

export function isBelowSecurityFloor(version: string): boolean {
  const found = numbersOf(version);
  for (const [place, floor] of securityFloor.entries()) {
    const number = found[place] ?? 0;
    if (number !== floor) return number < floor;
  }
  return false;
}

function numbersOf(version: string): number[] {
  return version.split(/[.-]/).slice(0, 3).map(Number);
}
