/** A Slurm of one node, with its daemons in the foreground and all its files in one folder. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { availableParallelism, hostname, tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SamplerError } from '../../shared/protocol/errors.ts';

export interface Ran {
  readonly code: number | null;
  readonly out: string;
}

export interface Slurm {
  /** Of jobs: removed with the cluster. */
  readonly folder: string;
  /** One of Slurm's programs, until it ends. */
  run(program: string, args: readonly string[], env?: NodeJS.ProcessEnv): Promise<Ran>;
  close(): Promise<void>;
}

const programs = ['slurmctld', 'slurmd', 'sbatch', 'srun', 'squeue', 'scancel', 'sinfo'];
const READY_MS = 30_000;

/** @throws SamplerError that says what to install */
export async function startSlurm(): Promise<Slurm> {
  const missing = programs.filter((name) => spawnSync('which', [name]).status !== 0);
  if (missing.length > 0 || userInfo().uid !== 0) {
    const text =
      `found no ${missing.join(', ') || 'rights of root'}, expected Slurm and root: ` +
      'apt-get install slurmctld slurmd slurm-client, and run this as root';
    throw new SamplerError('INVALID_REQUEST', text);
  }
  const folder = mkdtempSync(join(tmpdir(), 'isochron-slurm-'));
  chmodSync(folder, 0o755);
  for (const name of ['state', 'spool']) mkdirSync(join(folder, name));
  const conf = join(folder, 'slurm.conf');
  writeFileSync(conf, configuration(folder, await freePort(), await freePort()));
  const env = { ...process.env, SLURM_CONF: conf };
  const daemons = ['slurmctld', 'slurmd'].map((name) => daemon(name, folder, env));
  const run = (program: string, args: readonly string[], own: NodeJS.ProcessEnv = {}) =>
    output(spawn(program, args, { cwd: folder, env: { ...env, ...own } }));
  const close = async (): Promise<void> => {
    // no step may outlive the daemons that could end it
    await run('scancel', ['--full', '--signal=KILL', '--user=root']);
    await waitFor(async () => (await run('squeue', ['--noheader'])).out.trim() === '');
    for (const child of daemons.reverse()) await stop(child);
    rmSync(folder, { recursive: true, force: true });
  };
  const idle = async () => (await run('sinfo', ['-h', '-o', '%t'])).out.trim() === 'idle';
  if (!(await waitFor(idle))) {
    await close();
    throw new SamplerError('UNREACHABLE', `the node of Slurm is not idle in ${READY_MS} ms`);
  }
  return { folder, run, close };
}

function configuration(folder: string, controller: number, node: number): string {
  const name = hostname().split('.')[0] ?? 'localhost';
  const cores = availableParallelism();
  return `ClusterName=test
SlurmctldHost=${name}(127.0.0.1)
SlurmUser=root
SlurmctldPort=${controller}
SlurmdPort=${node}
AuthType=auth/none
CredType=cred/none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
StateSaveLocation=${folder}/state
SlurmdSpoolDir=${folder}/spool
SlurmctldPidFile=${folder}/slurmctld.pid
SlurmdPidFile=${folder}/slurmd.pid
ReturnToService=2
KillWait=30
NodeName=${name} NodeAddr=127.0.0.1 CPUs=${cores} State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
`;
}

function daemon(name: string, folder: string, env: NodeJS.ProcessEnv): ChildProcess {
  const log = openSync(join(folder, `${name}.log`), 'w');
  return spawn(name, ['-D'], { env, stdio: ['ignore', log, log] });
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await ended;
  clearTimeout(timer);
}

function output(child: ChildProcess): Promise<Ran> {
  let out = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => (out += text));
  }
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, out }));
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

/** Whether it came true in time. */
export async function waitFor(
  condition: () => Promise<boolean>,
  ms: number = READY_MS,
): Promise<boolean> {
  const deadline = performance.now() + ms;
  while (!(await condition())) {
    if (performance.now() > deadline) return false;
    await sleep(200);
  }
  return true;
}
