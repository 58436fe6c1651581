/** The examples of the installed package, which import `isochron/client` from it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { packageRoot } from '../../shared/protocol/package-root.ts';
import { until } from '../support/real-cluster.ts';
import type { NewUser } from './new-user.ts';

const up =
  'npx isochron up --backend analytic --listen 127.0.0.1:0 --worker-listen 127.0.0.1:0 --data data';

/** Type-checks them against the declarations of the package, and runs one on a cluster of it. */
export async function tryExamples(user: NewUser): Promise<void> {
  for (const file of globSync('docs/examples/*.ts', { cwd: user.installed() }))
    copyFileSync(user.installed(file), join(user.folder, basename(file)));
  checkTypes(user);

  const cluster = spawn(up, { cwd: user.folder, env: user.env, shell: true, detached: true });
  const ended = once(cluster, 'exit');
  try {
    const ports = join(user.folder, 'data', 'ports.json');
    await until(() => globSync(ports).length > 0 && readFileSync(ports, 'utf8').endsWith('\n'));
    const { client, http } = JSON.parse(readFileSync(ports, 'utf8')) as Ports;
    await checkDashboard(`http://127.0.0.1:${http}/`);
    user.env['ISOCHRON_COORDINATOR'] = `127.0.0.1:${client}`;
    await until(() => user.must('npx isochron workers --json').includes('ready'));
    // `npm exec` has the Node that npm brought, if it did, in front of the machine's.
    process.stderr.write(user.must('npm exec -c "node sample-and-save.ts"'));
  } finally {
    if (cluster.pid !== undefined) process.kill(-cluster.pid, 'SIGTERM');
    await ended;
  }
}

interface Ports {
  readonly client: number;
  readonly http: number;
}

/** The page of the installed package, and every file that it names. */
async function checkDashboard(address: string): Promise<void> {
  const page = await fetched(address);
  const files = [...page.matchAll(/(?:src|href)="\.?\/?([^"]+)"/g)].map(([, file = '']) => file);
  if (!files.some((file) => file.endsWith('.js'))) throw new Error(`no dashboard in ${page}`);
  for (const file of files) await fetched(new URL(file, address).href);
  process.stderr.write(`the dashboard and ${files.length} files of it\n`);
}

async function fetched(address: string): Promise<string> {
  const response = await fetch(address);
  if (response.ok) return response.text();
  throw new Error(`${address}: found ${response.status}, expected 200`);
}

/** Also the declarations themselves: `skipLibCheck` is off. */
function checkTypes(user: NewUser): void {
  const compilerOptions = {
    module: 'nodenext',
    target: 'es2024',
    lib: ['es2024', 'esnext.disposable'],
    types: ['node'],
    strict: true,
    noEmit: true,
    skipLibCheck: false,
    allowImportingTsExtensions: true,
  };
  writeFileSync(join(user.folder, 'tsconfig.json'), JSON.stringify({ compilerOptions }));
  const tsc = join(packageRoot(), 'node_modules', 'typescript', 'bin', 'tsc');
  user.must(`"${process.execPath}" "${tsc}" -p .`);
}
