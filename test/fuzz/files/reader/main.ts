/**
 * Reads malformed files one after the other. Before each case its number goes to descriptor 3, so
 * that whoever watches knows which one it was, should this process hang or die.
 *
 *   node test/fuzz/files/reader/main.ts SEED FROM TO
 */
import { mkdtempSync, rmSync, writeSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { judged } from '../judge.ts';

export interface Read {
  /** Target and outcome, separated by a colon. */
  readonly outcomes: Readonly<Record<string, number>>;
  readonly wrong: readonly { readonly number: number; readonly what: string }[];
  /** Most memory that the process has had. */
  readonly rssBytes: number;
  readonly slowest: { readonly number: number; readonly ms: number };
}

const PROGRESS = 3;
const WRONG_MAX = 500;

const [seed = 0, from = 0, to = 0] = process.argv.slice(2).map(Number);
const folder = mkdtempSync(join(tmpdir(), 'isochron-files-'));
const outcomes: Record<string, number> = {};
const wrong: { number: number; what: string }[] = [];
let slowest = { number: from, ms: 0 };
const mark = Buffer.alloc(4);

for (let number = from; number < to; number++) {
  mark.writeUInt32LE(number);
  writeSync(PROGRESS, mark);
  const own = join(folder, String(number));
  await mkdir(own);
  const started = process.cpuUsage();
  const { target, outcome, wrong: what } = await judged(seed, number, own);
  const { user, system } = process.cpuUsage(started);
  const ms = (user + system) / 1000;
  if (ms > slowest.ms) slowest = { number, ms };
  const name = `${target}: ${outcome}`;
  outcomes[name] = (outcomes[name] ?? 0) + 1;
  if (what !== undefined && wrong.length < WRONG_MAX) {
    wrong.push({ number, what: `${target}: ${what.replaceAll(own, 'FOLDER').slice(0, 400)}` });
  }
  await rm(own, { recursive: true, force: true });
}

rmSync(folder, { recursive: true, force: true });
const rssBytes = 1024 * process.resourceUsage().maxRSS;
const report: Read = { outcomes, wrong, rssBytes, slowest };
process.send?.(report, () => process.disconnect());
