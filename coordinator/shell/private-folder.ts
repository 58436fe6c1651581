/** The data folder: requests, results and tokens are nobody else's business. */
import { chmod, mkdir, readdir } from 'node:fs/promises';

/** What a coordinator has made before, or will fill. */
const ours = ['ports.json', 'jobs.db', 'tokens.json'];

/** Makes the folder, and closes it to others if it is empty or a coordinator's. */
export async function privateFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  const names = await readdir(path);
  if (names.length > 0 && !ours.some((name) => names.includes(name))) return;
  // a volume may belong to somebody else, who has chosen who may enter it
  await chmod(path, 0o700).catch(() => undefined);
}
