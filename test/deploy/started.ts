/**
 * What the chart, the examples and the units say to the program, said to it: coordinators listen
 * and workers register, each with its own arguments. Only places differ: ports are free ones,
 * folders are temporary, and what is not on this machine (a GPU, a model server) is replaced.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { packageRoot } from '../../shared/protocol/package-root.ts';
import { checkBackend } from '../../worker/backend/backend-name.ts';
import { podTemplatesOf } from './kinds.ts';
import { manifestsOf, readDeployed, render, valuesFiles, type Manifest } from './chart.ts';
import { podsOf } from './pods.ts';

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
    run(['certs', 'init', certs, '--coordinator', '127.0.0.1']);
    run(['certs', 'worker', certs, NAME]);
    for (const { name, coordinator, worker } of clusters()) {
      const data = join(folder, name.replace(/\W/g, '-'));
      const found = await startCluster({ coordinator, worker, certs, data });
      say(`${found === '' ? 'ok    ' : 'FAILED'} ${name}`);
      if (found !== '') problems.push(`${name}: ${found}`);
    }
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
  readonly data: string;
}

/** What went wrong; empty: nothing. */
async function startCluster({ coordinator, worker, certs, data }: Cluster): Promise<string> {
  const own = coordinator.map((argument) =>
    argument
      .replace(/(listen)=.*:\d+$/, '$1=127.0.0.1:0')
      .replace('=/data', `=${data}`)
      .replace('=/tls', `=${join(certs, 'coordinator')}`),
  );
  const first = start(own, /"event":"listening"/);
  try {
    const line = await first.line;
    if (line === undefined) return `coordinator: ${first.said.join(' | ')}`;
    const { ports } = JSON.parse(line) as { readonly ports: { readonly worker: number } };
    const second = start(
      workerArguments(worker, { certs, data, port: ports.worker }),
      /registered/,
    );
    try {
      return (await second.line) === undefined ? `worker: ${second.said.at(-1)}` : '';
    } finally {
      await end(second.child);
    }
  } finally {
    await end(first.child);
  }
}

function workerArguments(
  given: readonly string[],
  { certs, data, port }: { readonly certs: string; readonly data: string; readonly port: number },
): string[] {
  const own = given.map((argument) => {
    const backend = /^--backend=(.*)$/.exec(argument)?.[1];
    // what it says must be known, and need not be here
    if (backend !== undefined) checkBackend(backend);
    return argument
      .replace(/^--backend=.*/, '--backend=analytic')
      .replace(/^--models=.*/, `--models=${join(packageRoot(), 'models')}`)
      .replace(/^--coordinator=.*/, `--coordinator=127.0.0.1:${port}`)
      .replace(/^--health-listen=.*/, '--health-listen=127.0.0.1:0')
      .replace('$(POD_NAME)', 'pod-0')
      .replace('=/data', `=${data}`)
      .replace('=/tls', `=${join(certs, `worker-${NAME}`)}`);
  });
  // that it is registered is no news at the level of others
  return [...own, '--log-level=info'];
}

function run(args: readonly string[]): void {
  const { status, stderr } = spawnSync(process.execPath, [...program, ...args], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`isochron ${args.join(' ')}: ${stderr}`);
}

function start(args: readonly string[], wanted: RegExp): Started {
  const child = spawn(process.execPath, [...program, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
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
