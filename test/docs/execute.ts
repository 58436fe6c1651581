/** Runs the blocks of one group, one after the other, and ends what they have started. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Group, Step } from './groups.ts';
import type { Run } from './marker.ts';
import { makeSandbox, type Sandbox } from './sandbox.ts';
import { missingTool } from './tools.ts';

export interface StepResult {
  readonly path: string;
  readonly line: number;
  readonly outcome: 'passed' | 'failed' | 'left out';
  readonly seconds: number;
  /** What went wrong, with the end of the output. */
  readonly detail: string;
}

interface Started {
  readonly step: Step;
  readonly child: ChildProcess;
  readonly output: () => string;
  /** Exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
}

interface Session {
  readonly sandbox: Sandbox;
  readonly folders: Map<string, string>;
  readonly started: Started[];
}

const pollMs = 50;
const stopMs = 20_000;
const tailCharacters = 1_500;
const clusters: Record<NonNullable<Run['needs']>, string> = {
  cluster: 'isochron up --workers 2',
  analytic: 'isochron up --workers 2 --backend analytic',
};

export async function runGroup(
  group: Group,
  repository: string,
  report: (result: StepResult) => void,
): Promise<void> {
  const session: Session = { sandbox: makeSandbox(repository), folders: new Map(), started: [] };
  try {
    if (group.needs !== undefined) await startCluster(session, clusters[group.needs]);
    for (const step of group.steps) report(await timed(step, () => runStep(session, step)));
  } finally {
    for (const started of session.started.reverse()) {
      const detail = await stop(started);
      if (detail !== '') report({ ...place(started.step), outcome: 'failed', seconds: 0, detail });
    }
    rmSync(session.sandbox.root, { recursive: true, force: true });
  }
}

async function startCluster(session: Session, text: string): Promise<void> {
  const run = { until: '"ready"', seconds: 120, place: 'folder', exit: 0 } as Run;
  const step = { path: `(${text})`, line: 0, language: 'sh', text, run };
  const problem = await runStep(session, step);
  if (problem !== undefined) throw new Error(`${text}: ${problem}`);
}

async function timed(step: Step, work: () => Promise<string | undefined>): Promise<StepResult> {
  const tool = missingTool(step.run.tools);
  if (tool !== undefined) {
    return { ...place(step), outcome: 'left out', seconds: 0, detail: `there is no ${tool}` };
  }
  const start = performance.now();
  const problem = await work();
  const seconds = (performance.now() - start) / 1000;
  const outcome = problem === undefined ? 'passed' : 'failed';
  return { ...place(step), outcome, seconds, detail: problem ?? '' };
}

/** What went wrong, or undefined. */
async function runStep(session: Session, step: Step): Promise<string | undefined> {
  const { run, text } = step;
  const folder = folderOf(session, step);
  if (run.save !== undefined) {
    const file = join(folder, run.save);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `${text}\n`);
    return undefined;
  }
  const started = start(session, step, folder);
  return run.until === undefined ? toItsEnd(started) : untilReady(session, started, run.until);
}

function folderOf({ sandbox, folders }: Session, { path, line, run }: Step): string {
  const key = run.session === undefined ? `${path}:${line}` : `${path}, ${run.session}`;
  const folder = folders.get(key) ?? sandbox.folder(run.place);
  folders.set(key, folder);
  return folder;
}

function start({ sandbox }: Session, step: Step, folder: string): Started {
  const [program, args] = commandOf(step, folder);
  // A process group of its own, which a time limit can end as a whole.
  const child = spawn(program, args, {
    cwd: folder,
    env: sandbox.env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const written: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => void written.push(text));
  }
  const ended = new Promise<number | NodeJS.Signals>((resolve) => {
    child.on('error', (error) => {
      written.push(error.message);
      resolve(-1);
    });
    child.on('close', (code, signal) => resolve(code ?? signal ?? -1));
  });
  return { step, child, output: () => written.join(''), ended };
}

function commandOf({ language, line, text, run }: Step, folder: string): [string, string[]] {
  const file = (ending: string, content: string): string => {
    const name = join(folder, `.block-${line}.${ending}`);
    writeFileSync(name, content);
    return name;
  };
  if (language === 'ts') return ['node', [file('ts', text)]];
  if (language === 'python') return ['python3', [file('py', text)]];
  // The process is the command itself, so that a signal reaches it.
  if (run.until !== undefined) return ['bash', [file('sh', `set -e\n${restored}${text}\n`)]];
  return ['bash', [file('sh', `${restored}${kept}set -e\n${text}\n`)]];
}

/** Variables and the folder go on from block to block of a session. */
const restored = 'if [ -f .state ]; then . ./.state; fi\n';
const kept = [
  'set -a',
  `isochron_state="$(pwd -P)/.state"`,
  `trap '{ export -p; printf "cd %q\\n" "$PWD"; } > "$isochron_state"' EXIT`,
  '',
].join('\n');

async function toItsEnd(started: Started): Promise<string | undefined> {
  const { step, ended } = started;
  const limit = new AbortController();
  const late = sleep(step.run.seconds * 1000, 'late' as const, { signal: limit.signal });
  const code = await Promise.race([ended, late.catch(() => 'late' as const)]);
  limit.abort();
  if (code === 'late') {
    kill(started, 'SIGKILL');
    return `did not end within ${step.run.seconds} s\n${tail(started)}`;
  }
  if (code !== step.run.exit) {
    return `exit code ${code}, expected ${step.run.exit}\n${tail(started)}`;
  }
  return missingText(started);
}

function missingText({ step, output }: Started): string | undefined {
  const { shows } = step.run;
  if (shows === undefined || output().includes(shows)) return undefined;
  return `the output does not show "${shows}"\n${tail({ output })}`;
}

async function untilReady(
  session: Session,
  started: Started,
  until: string,
): Promise<string | undefined> {
  session.started.push(started);
  const deadline = performance.now() + started.step.run.seconds * 1000;
  while (!started.output().includes(until)) {
    if (started.child.exitCode !== null) return `ended before it was ready\n${tail(started)}`;
    if (performance.now() > deadline) return `never said "${until}"\n${tail(started)}`;
    await sleep(pollMs);
  }
  return missingText(started);
}

/** Ctrl-C, as a user ends it; empty where it then ended in order. */
async function stop(started: Started): Promise<string> {
  if (started.child.exitCode !== null) return '';
  kill(started, 'SIGINT');
  const late = sleep(stopMs, 'late' as const, { ref: false });
  const code = await Promise.race([started.ended, late]);
  if (code === 'late') kill(started, 'SIGKILL');
  // npm ends by the signal, and so does what has not begun to listen for it.
  const inOrder = code === 0 || code === 130 || code === 'SIGINT';
  return inOrder ? '' : `Ctrl-C: ended with ${code}, expected 0\n${tail(started)}`;
}

function kill({ child }: Started, signal: NodeJS.Signals): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, signal);
  } catch {
    // It has ended in the meantime.
  }
}

function tail({ output }: Pick<Started, 'output'>): string {
  return output().slice(-tailCharacters).trim();
}

function place({ path, line }: Step) {
  return { path, line };
}
