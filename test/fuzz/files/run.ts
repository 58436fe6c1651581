/** Malformed files in processes of their own, and what became of those. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { packageRoot } from '../../../shared/protocol/package-root.ts';
import type { Read } from './reader/main.ts';

export interface FilesOptions {
  readonly n: number;
  readonly seed: number;
  readonly only?: number | undefined;
  /** Processes side by side. */
  readonly processes: number;
  /** After it no case begins. */
  readonly seconds?: number | undefined;
  readonly say: (line: string) => void;
}

export interface FilesReport {
  readonly outcomes: ReadonlyMap<string, number>;
  /** What, how often, and the first case of it. */
  readonly findings: ReadonlyMap<string, { readonly times: number; readonly number: number }>;
  readonly rssBytes: number;
  readonly slowest: Read['slowest'];
  readonly seconds: number;
}

const HEAP_MIB = 256;
/** Twice what its heap may have. */
const RSS_BYTES_MAX = 2 * HEAP_MIB * 2 ** 20;
/** Of processor time, in one case; the machine may be busy. */
const CASE_MS_MAX = 1_000;
/** Without a sign of life; a case that takes so long is hung. */
const SILENCE_MS = 20_000;
/** Cases of one process: what it has of memory is then of few. */
const CASES_EACH = 5_000;

export async function fuzzFiles(options: FilesOptions): Promise<FilesReport> {
  const { n, only, processes, say, seconds: most = Infinity } = options;
  const started = performance.now();
  const all = new Collected();
  const ranges = only === undefined ? rangesOf(n) : [[only, only + 1] as const];
  const next = ranges.values();
  let done = 0;
  const worker = async (): Promise<void> => {
    for (const [from, to] of next) {
      if (performance.now() - started > 1_000 * most) return;
      await readRange(options.seed, from, to, all);
      done += to - from;
      say(`${done} files in ${Math.round((performance.now() - started) / 1000)} s`);
    }
  };
  await Promise.all(Array.from({ length: processes }, worker));
  return { ...all.report(), seconds: (performance.now() - started) / 1000 };
}

function rangesOf(n: number): (readonly [number, number])[] {
  return Array.from({ length: Math.ceil(n / CASES_EACH) }, (_, k) => {
    return [k * CASES_EACH, Math.min(n, (k + 1) * CASES_EACH)] as const;
  });
}

/** A case that ends the process is a finding, and the rest goes on behind it. */
async function readRange(seed: number, from: number, to: number, all: Collected): Promise<void> {
  for (let begin = from; begin < to;) {
    const { read, last, how } = await readInProcess(seed, begin, to);
    if (read) all.add(read);
    if (read) return;
    all.find(how, last);
    begin = last + 1;
  }
}

interface Ran {
  readonly read: Read | undefined;
  readonly last: number;
  readonly how: string;
}

async function readInProcess(seed: number, from: number, to: number): Promise<Ran> {
  const main = join(packageRoot(), 'test', 'fuzz', 'files', 'reader', 'main.ts');
  const reader = fork(main, [String(seed), String(from), String(to)], {
    execArgv: [`--max-old-space-size=${HEAP_MIB}`],
    stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'ipc'],
  });
  let last = from;
  let how = '';
  let said = '';
  let hung = setTimeout(() => undefined, 0);
  const watch = (): void => {
    clearTimeout(hung);
    hung = setTimeout(() => {
      how = `a case took more than ${SILENCE_MS} ms`;
      reader.kill('SIGKILL');
    }, SILENCE_MS);
  };
  (reader.stdio[3] as Readable).on('data', (marks: Buffer) => {
    watch();
    if (marks.length >= 4) last = marks.readUInt32LE(marks.length - 4);
  });
  reader.stderr?.on('data', (text: Buffer) => (said = `${said}${text.toString()}`.slice(-2_000)));
  let read: Read | undefined;
  reader.on('message', (message) => (read = message as Read));
  const [code, signal] = (await once(reader, 'exit')) as [number | null, string | null];
  clearTimeout(hung);
  how ||= `the process ended with ${signal ?? code}: ${said.trim()}`;
  return { read, last, how };
}

class Collected {
  readonly #outcomes = new Map<string, number>();
  readonly #findings = new Map<string, { times: number; number: number }>();
  #rssBytes = 0;
  #slowest = { number: 0, ms: 0 };

  add({ outcomes, wrong, rssBytes, slowest }: Read): void {
    for (const [name, times] of Object.entries(outcomes)) {
      this.#outcomes.set(name, (this.#outcomes.get(name) ?? 0) + times);
    }
    for (const { number, what } of wrong) this.find(what, number);
    this.#rssBytes = Math.max(this.#rssBytes, rssBytes);
    if (slowest.ms > this.#slowest.ms) this.#slowest = slowest;
    const mib = Math.round(rssBytes / 2 ** 20);
    if (rssBytes > RSS_BYTES_MAX) this.find(`a process had ${mib} MiB`, slowest.number);
    const ms = Math.round(slowest.ms);
    if (slowest.ms > CASE_MS_MAX) this.find(`a case took ${ms} ms`, slowest.number);
  }

  /** Cases that differ in numbers only are one finding. */
  find(what: string, number: number): void {
    const name = what.replaceAll(/\d+/g, '#').slice(0, 300);
    const { times = 0, number: first = number } = this.#findings.get(name) ?? {};
    this.#findings.set(name, { times: times + 1, number: first });
  }

  report(): Omit<FilesReport, 'seconds'> {
    const [outcomes, findings] = [this.#outcomes, this.#findings];
    return { outcomes, findings, rssBytes: this.#rssBytes, slowest: this.#slowest };
  }
}
