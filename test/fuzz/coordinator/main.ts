/** The coordinator command in a process that tells its memory and descriptors when asked. */
import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { runProgram } from '../../../cli/program.ts';

export interface Inside {
  readonly rssBytes: number;
  readonly heapBytes: number;
  /** Open files, sockets included. */
  readonly descriptors: number;
  readonly warnings: number;
}

let warnings = 0;
process.on('warning', () => void warnings++);

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
  return { rssBytes, heapBytes: heapUsed + external, descriptors, warnings };
}

process.exitCode = await runProgram(process.argv.slice(2));
