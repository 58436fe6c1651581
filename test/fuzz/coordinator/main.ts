/** The coordinator command in a process that tells its memory and its delays when asked. */
import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { runProgram } from '../../../cli/program.ts';

export interface Inside {
  readonly rssBytes: number;
  readonly heapBytes: number;
  /** Open files, sockets included. */
  readonly descriptors: number;
  readonly warnings: number;
  /** How late its timers were at most; a busy machine does that too. */
  readonly lateMs: number;
  /** Processor time of its own that one turn of its loop took at most: nobody else's doing. */
  readonly turnMs: number;
}

let warnings = 0;
process.on('warning', () => void warnings++);

const EVERY_MS = 20;
let [lateMs, turnMs] = [0, 0];
let [due, spent] = [performance.now() + EVERY_MS, process.threadCpuUsage()];

setInterval(() => {
  const { user, system } = process.threadCpuUsage(spent);
  lateMs = Math.max(lateMs, performance.now() - due);
  turnMs = Math.max(turnMs, (user + system) / 1_000);
  [due, spent] = [performance.now() + EVERY_MS, process.threadCpuUsage()];
}, EVERY_MS).unref();

process.on('message', () => {
  void measured().then((inside) => process.send?.(inside));
});
process.channel?.unref();
process.on('disconnect', () => process.exit());

/** What garbage there is has gone: several rounds, since finalizers make more. */
async function measured(): Promise<Inside> {
  for (let k = 0; k < 4; k++) {
    globalThis.gc?.();
    await sleep(20);
  }
  const { rss: rssBytes, heapUsed, external } = process.memoryUsage();
  const descriptors = readdirSync('/proc/self/fd').length;
  return { rssBytes, heapBytes: heapUsed + external, descriptors, warnings, lateMs, turnMs };
}

process.exitCode = await runProgram(process.argv.slice(2));
