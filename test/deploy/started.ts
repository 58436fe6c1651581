/**
 * What the chart and the examples say to the program, said to it: coordinators listen, answer by
 * their names and workers register, each with its own arguments, as the pod's user where the test
 * runs as root. Only places differ: ports are free ones, folders are temporary, and what is not on
 * this machine (a GPU, a model server) is replaced.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { packageRoot } from '../../shared/protocol/package-root.ts';
import { checkBackend } from '../../worker/backend/backend-name.ts';
import { runCampaign } from './campaign.ts';
import { podTemplatesOf } from './kinds.ts';
import { manifestsOf, readDeployed, render, valuesFiles, type Manifest } from './chart.ts';
import { mountSecret, mountVolume, podUser } from './mounts.ts';
import { podsOf } from './pods.ts';
import { unreachable } from './reachable.ts';

const program = [join(packageRoot(), 'cli', 'main.ts')];
const STARTED_MS = 30_000;
const NAME = 'isochron';

interface Started {
  readonly child: ChildProcess;
  /** The first line that matches; undefined where it ended before, or took too long. */
  readonly line: Promise<string | undefined>;
  readonly said: string[];
}

/** Sentences about what did not start; empty: all of it did. */
export async function startAll(say: (text: string) => void): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'isochron-deploy-'));
  const problems: string[] = [];
  try {
    const certs = join(folder, 'certs');
    // the pod's user goes through it
    chmodSync(folder, 0o755);
    run(['certs', 'init', certs, '--coordinator', NAME, '--coordinator', '127.0.0.1']);
    run(['certs', 'worker', certs, NAME]);
    for (const { name, coordinator, worker } of clusters()) {
      const own = join(folder, name.replace(/\W/g, '-'));
      const found = await startCluster({ coordinator, worker, certs, folder: own });
      say(`${found === '' ? 'ok    ' : 'FAILED'} ${name}`);
      if (found !== '') problems.push(`${name}: ${found}`);
    }
    const found = await runCampaign(join(folder, 'campaign'), certs);
    say(`${found === '' ? 'ok    ' : 'FAILED'} examples/jobset.yaml, its script`);
    if (found !== '') problems.push(`examples/jobset.yaml: ${found}`);
    return problems;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Arguments {
  readonly coordinator: readonly string[];
  readonly worker: readonly string[];
}

function clusters(): (Arguments & { readonly name: string })[] {
  const charts = valuesFiles.map((values) => ({
    name: `values ${values === '' ? 'of the chart' : values}`,
    manifests: render(values),
  }));
  const path = 'examples/leaderworkerset.yaml';
  const example = {
    name: path,
    manifests: manifestsOf(readDeployed(path)).flatMap(podTemplatesOf),
  };
  return [...charts, example].map(({ name, manifests }) => ({ name, ...argumentsIn(manifests) }));
}

function argumentsIn(manifests: readonly Manifest[]): Arguments {
  const all = podsOf(manifests).flatMap(({ containers }) => containers);
  const of = (command: string): readonly string[] =>
    all.find(({ args = [] }) => args[0] === command)?.args ?? [];
  return { coordinator: of('coordinator'), worker: of('worker') };
}

interface Cluster extends Arguments {
  readonly certs: string;
  readonly folder: string;
}

/** What went wrong; empty: nothing. */
async function startCluster({ coordinator, worker, certs, folder }: Cluster): Promise<string> {
  mkdirSync(folder);
  const data = mountVolume(join(folder, 'data'));
  const tls = mountSecret(join(certs, 'coordinator'), join(folder, 'coordinator-tls'));
  const { token, tokens } = metricsToken(coordinator, folder);
  const own = coordinator.map((argument) =>
    argument
      .replace(/(listen=.*):\d+$/, '$1:0')
      .replace('=/data', `=${data}`)
      .replace('=/tokens', `=${tokens}`)
      .replace('=/tls', `=${tls}`),
  );
  const first = start(own, /"event":"listening"/, folder);
  try {
    const line = await first.line;
    if (line === undefined) return `coordinator: ${first.said.join(' | ')}`;
    const { ports } = JSON.parse(line) as Listening;
    const answers = await unreachable({
      port: ports.http,
      everywhere: own.some((argument) => argument.startsWith('--http-listen=0.0.0.0')),
      ca: own.includes(`--certs=${tls}`) ? readFileSync(join(tls, 'ca.crt'), 'utf8') : undefined,
      names: own.flatMap((argument) => /^--http-host=(.*)/.exec(argument)?.[1] ?? []),
      token,
    });
    if (answers.length > 0) return answers.join('; ');
    return await startWorker(worker, { certs, data, folder, port: ports.worker });
  } finally {
    await end(first.child);
  }
}

interface Listening {
  readonly ports: { readonly worker: number; readonly http: number };
}

/** Of scope `metrics`, made as an operator makes it: for a Secret, or in the data folder. */
function metricsToken(coordinator: readonly string[], folder: string) {
  const tokens = join(folder, 'tokens');
  const create = ['token', 'create', 'prometheus', '--scopes', 'metrics', '--data'];
  if (coordinator.some((argument) => argument.startsWith('--tokens='))) {
    const own = join(folder, 'own');
    const token = run([...create, own]);
    mountSecret(own, tokens);
    return { token, tokens };
  }
  const data = coordinator.find((argument) => argument.startsWith('--data=')) ?? '';
  return { token: run([...create, data.replace('--data=', folder)], podUser), tokens };
}

async function startWorker(given: readonly string[], found: Found): Promise<string> {
  const own = mountSecret(join(found.certs, `worker-${NAME}`), join(found.folder, 'worker-tls'));
  const { child, line, said } = start(
    workerArguments(given, { ...found, tls: own }),
    /registered/,
    found.folder,
  );
  try {
    return (await line) === undefined ? `worker: ${said.at(-1)}` : '';
  } finally {
    await end(child);
  }
}

interface Found {
  readonly certs: string;
  readonly data: string;
  readonly folder: string;
  readonly port: number;
}

function workerArguments(
  given: readonly string[],
  { data, port, tls }: Found & { readonly tls: string },
): string[] {
  const own = given.map((argument) => {
    const backend = /^--backend=(.*)$/.exec(argument)?.[1];
    // what it says must be known, and need not be here
    if (backend !== undefined) checkBackend(backend);
    return argument
      .replace(/^--backend=.*/, '--backend=analytic')
      .replace(/^--models=.*/, `--models=${join(packageRoot(), 'models')}`)
      .replace(/^--coordinator=.*/, `--coordinator=127.0.0.1:${port}`)
      .replace(/^(--health-listen=.*):\d+$/, '$1:0')
      .replace('$(POD_NAME)', 'pod-0')
      .replace('=/data', `=${data}`)
      .replace('=/tls', `=${tls}`);
  });
  // that it is registered is no news at the level of others
  return [...own, '--log-level=info'];
}

function run(args: readonly string[], as: typeof podUser = {}): string {
  const given = [...program, ...args];
  const { status, stdout, stderr } = spawnSync(process.execPath, given, {
    encoding: 'utf8',
    ...as,
  });
  if (status !== 0) throw new Error(`isochron ${args.join(' ')}: ${stderr}`);
  return stdout.trim();
}

function start(args: readonly string[], wanted: RegExp, folder: string): Started {
  const child = spawn(process.execPath, [...program, ...args], {
    ...podUser,
    stdio: ['ignore', 'pipe', 'pipe'],
    // as the image says: a pod's root cannot be written to
    env: { ...process.env, ISOCHRON_CONFIG: join(folder, 'data', 'config') },
  });
  const said: string[] = [];
  const line = new Promise<string | undefined>((resolve) => {
    const timer = setTimeout(() => resolve(undefined), STARTED_MS);
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (text) => {
        said.push(text);
        if (wanted.test(text)) resolve(text);
      });
    }
    child.once('close', () => resolve(undefined));
    void child.once('close', () => clearTimeout(timer));
  });
  return { child, line, said };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
}
