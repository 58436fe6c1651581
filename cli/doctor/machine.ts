/** Node, ports and disk. */
import { rm, statfs } from 'node:fs/promises';
import { createServer } from 'node:net';
import { resolve } from 'node:path';

import { isBelowSecurityFloor, securityFloor } from '../../shared/kernel/node-floor.ts';
import { Client } from '../client.ts';
import { makeFolder, tryFolder } from '../folder.ts';
import { formatBytes } from '../output/format.ts';
import { fail, ok, warn } from './check.ts';
import type { Check } from './check.ts';

const GIB = 2 ** 30;
/** Room for the results of some hundred image jobs. */
const FREE_BYTES_MIN = GIB;
const PROBE_TIMEOUT_MS = 2_000;

export function checkNode(version: string): Check {
  if (!isBelowSecurityFloor(version)) return ok('node', version);
  const floor = securityFloor.join('.');
  return warn('node', `${version}, older than ${floor}`, `update Node to ${floor} or newer`);
}

/** Free, or taken by the coordinator that belongs there. */
export async function checkPort(flag: string, address: string): Promise<Check> {
  const name = `port ${address}`;
  const problem = await listenProblem(address);
  if (problem === undefined) return ok(name, 'free');
  const busy = problem === 'EADDRINUSE';
  if (!busy) return fail(name, problem, `name another address with ${flag}`);
  const workers = await workersOfCoordinator(address);
  if (workers !== undefined) return ok(name, `a coordinator with ${workers} workers`);
  // Workers' ports do not answer clients, so a coordinator there cannot be told from others.
  const todo = `if that is no isochron coordinator, choose another port with ${flag}`;
  return warn(name, 'in use', todo);
}

function listenProblem(address: string): Promise<string | undefined> {
  const at = address.lastIndexOf(':');
  return new Promise((done) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => done(error.code ?? error.message));
    server.listen(Number(address.slice(at + 1)), address.slice(0, at), () => {
      server.close(() => done(undefined));
    });
  });
}

async function workersOfCoordinator(coordinator: string): Promise<number | undefined> {
  const client = new Client({ coordinator, timeoutMs: PROBE_TIMEOUT_MS });
  try {
    return (await client.workers()).length;
  } catch {
    return undefined;
  } finally {
    client.close();
  }
}

export async function checkDisk(dataDir: string): Promise<Check> {
  const folder = resolve(dataDir);
  const name = `data in ${folder}`;
  let made: string | undefined;
  try {
    made = await makeFolder(folder);
    await tryFolder(folder);
    const { bavail, bsize } = await statfs(folder);
    const free = bavail * bsize;
    const found = `writable, ${formatBytes(free)} free`;
    if (free >= FREE_BYTES_MIN) return ok(name, found);
    return warn(name, found, 'free some space, or choose another folder with --data');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return fail(name, reason, 'choose a folder that takes files with --data');
  } finally {
    // Looking must leave nothing behind.
    if (made !== undefined) await rm(made, { recursive: true, force: true });
  }
}
