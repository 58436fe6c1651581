/** `engines` in package.json: from here on there are type stripping and Float16Array. */
const MAJOR_MIN = 24;

/** What to tell the user of a Node that cannot run isochron; undefined if this one can. */
export function nodeProblem(version: string): string | undefined {
  const major = Number(version.split('.')[0]);
  if (major >= MAJOR_MIN) return undefined;
  return (
    `found Node ${version}, expected Node ${MAJOR_MIN} or newer: install it from nodejs.org, or ` +
    'in a checkout start isochron with `npm run isochron --`, which brings its own'
  );
}
