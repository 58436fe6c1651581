/** `engines` in package.json: from here on there are type stripping and Float16Array. */
const MAJOR_MIN = 24;

/** Those for which npm has a Node 24; on Apple Silicon there is none. */
const carriers = ['linux-x64', 'linux-arm64', 'darwin-x64', 'win32-x64'];

/**
 * What to tell the user of a Node that cannot run isochron; undefined if this one can.
 *
 * @param machine platform and architecture, such as linux-x64
 */
export function nodeProblem(version: string, machine: string): string | undefined {
  const major = Number(version.split('.')[0]);
  if (major >= MAJOR_MIN) return undefined;
  const carrier = `node-${machine.replace('win32', 'win')}@${MAJOR_MIN}`;
  const brought = carriers.includes(machine)
    ? ` or run \`npm install --ignore-scripts ${carrier}\` here and start isochron with npx`
    : '';
  return (
    `found Node ${version}, expected Node ${MAJOR_MIN} or newer: install it from ` +
    `nodejs.org${brought}`
  );
}
