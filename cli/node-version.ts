/** `engines` in package.json: from here on there are type stripping and Float16Array. */
const MAJOR_MIN = 24;

/** The first Node 24 with the HTTP/2 fixes that a listening process wants. */
export const securityFloor = [24, 18, 1] as const;

/** What to tell the user of a Node that cannot run isochron; undefined if this one can. */
export function nodeProblem(version: string): string | undefined {
  const [major = 0] = numbersOf(version);
  if (major >= MAJOR_MIN) return undefined;
  return (
    `found Node ${version}, expected Node ${MAJOR_MIN} or newer: install it from nodejs.org, or ` +
    'in a checkout start isochron with `npm run isochron --`, which brings its own'
  );
}

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
