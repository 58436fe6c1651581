/**
 * The shell script of deploy/examples/jobset.yaml, run as its driver's container runs it, and one
 * worker with the arguments of the other pods. Fewer steps, other places, a worker without a GPU.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePorts } from '../oip/servers.ts';
import { packageRoot } from '../../shared/protocol/package-root.ts';
import { manifestsOf, readDeployed } from './chart.ts';
import { podTemplatesOf } from './kinds.ts';
import { mountSecret, mountVolume, podUser } from './mounts.ts';
import { podsOf, type Container } from './pods.ts';

const program = join(packageRoot(), 'cli', 'main.ts');
const SEEDS = [1, 2, 3, 4];

/** What went wrong; empty: the set would be done, with all of its results. */
export async function runCampaign(folder: string, certs: string): Promise<string> {
  mkdirSync(folder);
  const data = mountVolume(join(folder, 'data'));
  const driverTls = mountSecret(join(certs, 'coordinator'), join(folder, 'driver-tls'));
  const workerTls = mountSecret(join(certs, 'worker-isochron'), join(folder, 'worker-tls'));
  const [clients, fleet] = [await freePorts(), await freePorts()];
  const { driver, worker } = containers();
  const script = (driver.args?.join('\n') ?? '')
    .replaceAll('/data/', `${data}/`)
    .replaceAll('/tls', driverTls)
    .replaceAll(':7400', `:${clients}`)
    .replaceAll(':7401', `:${fleet}`)
    .replaceAll('--steps=50', '--steps=10')
    .replaceAll('--samples=16', '--samples=2');
  const bin = pathOfProgram(folder);
  const env = {
    ...process.env,
    PATH: `${bin}:${process.env['PATH'] ?? ''}`,
    ISOCHRON_COORDINATOR: `127.0.0.1:${clients}`,
    ISOCHRON_CONFIG: join(data, 'config'),
  };
  const given = (worker.args ?? []).map((argument) =>
    argument
      .replace(/^--coordinator=.*/, `--coordinator=127.0.0.1:${fleet}`)
      .replace('$(POD_NAME)', 'pod-0')
      .replace('=onnx:cuda', '=onnx')
      .replace('=/tls', `=${workerTls}`),
  );
  const helper = spawn(join(bin, 'isochron'), given, { ...podUser, env, stdio: 'ignore' });
  try {
    const [, , shell = 'sh', ...flags] = driver.command?.slice(1) ?? [];
    const child = spawn(shell, [...flags, script], {
      ...podUser,
      env,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
    const [code] = (await once(child, 'close')) as [number | null];
    if (code !== 0) return `the driver ended with ${code}: ${said.slice(-2000)}`;
    const missing = SEEDS.map((seed) => join(data, 'results', String(seed), 'result.json'));
    return missing.filter((path) => !existsSync(path)).join(', ');
  } finally {
    helper.kill('SIGKILL');
  }
}

interface Containers {
  readonly driver: Container;
  readonly worker: Container;
}

function containers(): Containers {
  const manifests = manifestsOf(readDeployed('examples/jobset.yaml')).flatMap(podTemplatesOf);
  const all = podsOf(manifests).flatMap((pod) => pod.containers);
  const [driver, worker] = ['driver', 'worker'].map((name) => all.find((one) => one.name === name));
  if (!driver || !worker) throw new Error('examples/jobset.yaml: found no driver or no worker');
  return { driver, worker };
}

/** A folder with `isochron` in it, as the image has one on its PATH. */
function pathOfProgram(folder: string): string {
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'isochron'), `#!/bin/sh\nexec "${process.execPath}" "${program}" "$@"\n`);
  chmodSync(join(bin, 'isochron'), 0o755);
  return bin;
}
