/**
 * `npm run test:slurm`: deploy/slurm/isochron.sbatch on a Slurm of this machine: a job's error, the
 * exit codes, a cluster that stays up, and a job that is ended and goes on in the next submission.
 * Needs root and `apt-get install slurmctld slurmd slurm-client`.
 */
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SamplerError } from '../../shared/protocol/errors.ts';
import { packageRoot } from '../../shared/protocol/package-root.ts';
import { startSlurm, waitFor, type Slurm } from './slurm.ts';

const script = join(packageRoot(), 'deploy', 'slurm', 'isochron.sbatch');
/** Two workers on a machine that has other things to do. */
const STARTED_MS = 300_000;
/** Of a worker that holds a block for longer than anybody waits here. */
const DRAIN_SECONDS = 5;
/** KillWait and some more. */
const ENDED_MS = 60_000;
/** Default of `--checkpoint-ms`. */
const CHECKPOINT_MS = 1_000;
const ENDED = 143;
const USAGE = 2;
const TOLERANCE = 0.01;

const job = ['--model', 'fashion-unet', '--solver', 'ddim', '--input', 'class=sneaker'];

interface Result {
  readonly method: string;
  readonly workers: number;
  readonly sequential: { readonly rmsError: number };
}

let failures = 0;

function check(what: string, found: unknown, wanted: unknown): void {
  const same = found === wanted;
  if (!same) failures += 1;
  const but = same ? '' : `, expected ${String(wanted)}`;
  process.stdout.write(`${same ? 'ok    ' : 'FAILED'} ${what}: ${String(found)}${but}\n`);
}

/** The script as users submit it, and the code of its end. */
async function submitted(slurm: Slurm, args: readonly string[], work: string) {
  const log = join(slurm.folder, `${work}.log`);
  const { code } = await slurm.run(
    'sbatch',
    ['--wait', `--output=${log}`, script, ...args],
    environment(slurm, work),
  );
  return { code, log: readFileSync(log, 'utf8') };
}

function environment({ folder }: Slurm, work: string): NodeJS.ProcessEnv {
  const drain = { ISOCHRON_DRAIN: String(DRAIN_SECONDS) };
  return { ...drain, ISOCHRON_BIN: join(folder, 'isochron'), ISOCHRON_WORK: join(folder, work) };
}

async function aResult(slurm: Slurm): Promise<void> {
  const out = join(slurm.folder, 'out');
  const how = ['--method', 'secant', '--blocks', '2', '--compare-sequential'];
  const { code, log } = await submitted(
    slurm,
    [...job, '--steps', '50', '--seed', '7', ...how, '--out', out, '--json'],
    'result',
  );
  check('exit code of a job', code, 0);
  if (code !== 0) return void process.stdout.write(log);
  const result = JSON.parse(readFileSync(join(out, 'result.json'), 'utf8')) as Result;
  // one that is measured as much slower, on a busy machine, may get no row of it
  const used = `${result.workers} in use`;
  check(`workers of it, ${used}`, /\b2 workers are ready$/m.test(log), true);
  const { rmsError } = result.sequential;
  check(`error ${rmsError.toExponential(1)} within ${TOLERANCE}`, rmsError <= TOLERANCE, true);
}

async function aMistake(slurm: Slurm): Promise<void> {
  const { code } = await submitted(slurm, [...job, '--steps', '-1'], 'mistake');
  check('exit code of a wrong request', code, USAGE);
}

/** Ended as by the time limit, and submitted again on the same folder. */
async function goesOn(slurm: Slurm): Promise<void> {
  const out = join(slurm.folder, 'long');
  const long = ['--steps', '1000', '--samples', '8', '--method', 'sequential'];
  const args = [...job, ...long, '--idempotency-key', 'long', '--out', out, '--json'];
  const first = submitted(slurm, args, 'goes-on');
  const id = await runningJob(slurm, join(slurm.folder, 'goes-on.log'));
  await checkpointed(slurm, 'goes-on');
  const begin = performance.now();
  await slurm.run('scancel', ['--signal=TERM', '--batch', id]);
  const ended = await first;
  const seconds = ((performance.now() - begin) / 1000).toFixed(0);
  check(`exit code of a job ended before its result, ${seconds} s later`, ended.code, ENDED);
  const second = await submitted(slurm, args, 'goes-on');
  check('exit code of the second submission', second.code, 0);
  const text = readFileSync(join(out, 'result.json'), 'utf8');
  const { resumedFrom } = JSON.parse(text) as { readonly resumedFrom: number };
  check(`it went on from row ${resumedFrom}`, resumedFrom > 0, true);
}

/** Clients of the first node find a cluster that stays up by its folder. */
async function staysUp(slurm: Slurm): Promise<void> {
  const up = submitted(slurm, [], 'up');
  const log = join(slurm.folder, 'up.log');
  const id = await runningJob(slurm, log);
  const own = clientEnvironment(slurm, 'up');
  const bin = join(slurm.folder, 'isochron');
  const out = join(slurm.folder, 'client');
  const args = [...job, '--steps', '10', '--out', out, '--json'];
  check(
    'exit code of a client beside it',
    (await slurm.run(bin, ['submit', ...args], own)).code,
    0,
  );
  await slurm.run('scancel', [id]);
  await up;
  // sbatch says that the job is cancelled, and Slurm still gives the script its time to end
  const drained = await waitFor(async () => /exit code 143$/m.test(readText(log)), ENDED_MS);
  check('it drained after scancel', drained, true);
  if (!drained) process.stdout.write(readText(log));
}

/** With the variables that the script's log names. */
function clientEnvironment(slurm: Slurm, work: string): NodeJS.ProcessEnv {
  const said = readText(join(slurm.folder, `${work}.log`)).matchAll(/(ISOCHRON_\w+)=(\S+)/g);
  const found = Object.fromEntries([...said].map(([, name = '', value = '']) => [name, value]));
  return { ...environment(slurm, work), ...found };
}

/** Resolves when the only job has rows that a checkpoint has, too. */
async function checkpointed(slurm: Slurm, work: string): Promise<void> {
  const bin = join(slurm.folder, 'isochron');
  const begun = await waitFor(async () => {
    const { out } = await slurm.run(bin, ['jobs', '--json'], clientEnvironment(slurm, work));
    return /"frontier":\s*[1-9]/.test(out);
  }, STARTED_MS);
  if (!begun) throw new SamplerError('DEADLINE_MISSED', `no job began in ${STARTED_MS} ms`);
  await sleep(2 * CHECKPOINT_MS);
}

/** Resolves with the id once workers are ready. */
async function runningJob(slurm: Slurm, log: string): Promise<string> {
  const deadline = performance.now() + STARTED_MS;
  for (;;) {
    const { out } = await slurm.run('squeue', ['--noheader', '--states=RUNNING', '--format=%i']);
    const id = out.trim();
    if (id !== '' && readText(log).includes('workers are ready')) return id;
    if (performance.now() > deadline) {
      throw new SamplerError('DEADLINE_MISSED', `no workers in ${STARTED_MS} ms: ${readText(log)}`);
    }
    await sleep(200);
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

async function main(): Promise<void> {
  const slurm = await startSlurm();
  try {
    const bin = join(slurm.folder, 'isochron');
    const program = join(packageRoot(), 'cli', 'main.ts');
    writeFileSync(bin, `#!/bin/sh\nexec "${process.execPath}" "${program}" "$@"\n`);
    chmodSync(bin, 0o755);
    for (const part of [aResult, aMistake, staysUp, goesOn]) await part(slurm);
  } finally {
    await slurm.close();
  }
  if (failures > 0) process.exitCode = 5;
}

try {
  await main();
} catch (thrown) {
  process.stderr.write(`test:slurm: ${SamplerError.from(thrown).message}\n`);
  process.exitCode = 2;
}
