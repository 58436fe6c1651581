/** A Prometheus of Debian's packages, and the answers to its queries. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePorts } from '../oip/servers.ts';

/** Looked for as long, which is many scrapes. */
const PATIENCE_MS = 40_000;

export interface Prometheus {
  /** The value of an expression that has one; undefined where there is no sample. */
  query(expression: string): Promise<number | undefined>;
  /** Asks until the answer is right. @throws Error with the last one */
  expect(expression: string, right: (value: number) => boolean): Promise<number>;
  close(): Promise<void>;
}

export interface Scraped {
  readonly job: string;
  /** HOST:PORT. */
  readonly target: string;
  readonly tokenFile: string | undefined;
  /** What discovery in a cluster adds. */
  readonly labels?: Readonly<Record<string, string>>;
}

/** @throws Error that says what to install */
export function requirePrometheus(): void {
  for (const program of ['prometheus', 'promtool']) {
    if (spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0) continue;
    throw new Error(`found no ${program} on the PATH: apt-get install prometheus`);
  }
}

/** What `promtool check metrics` finds wrong; empty where it is content. */
export function checkMetrics(text: string): string {
  const { stdout, stderr, status } = spawnSync('promtool', ['check', 'metrics'], { input: text });
  return status === 0 ? '' : `${stdout.toString()}${stderr.toString()}` || `exit code ${status}`;
}

export async function startPrometheus(
  folder: string,
  scraped: readonly Scraped[],
): Promise<Prometheus> {
  const port = await freePorts();
  const config = {
    global: { scrape_interval: '1s', scrape_timeout: '1s' },
    scrape_configs: scraped.map(({ job, target, tokenFile, labels = {} }) => ({
      job_name: job,
      static_configs: [{ targets: [target], labels }],
      ...(tokenFile && { authorization: { type: 'Bearer', credentials_file: tokenFile } }),
    })),
  };
  const file = join(folder, 'prometheus.yml');
  // JSON is YAML
  await writeFile(file, JSON.stringify(config));
  const args = [
    `--config.file=${file}`,
    `--storage.tsdb.path=${join(folder, 'tsdb')}`,
    `--web.listen-address=127.0.0.1:${port}`,
    '--log.level=error',
  ];
  const child = spawn('prometheus', args, { stdio: ['ignore', 'inherit', 'inherit'] });
  const query = (expression: string) => ask(port, expression);
  return {
    query,
    async expect(expression, right) {
      const deadline = performance.now() + PATIENCE_MS;
      for (;;) {
        const value = await query(expression).catch(() => undefined);
        if (value !== undefined && right(value)) return value;
        if (performance.now() > deadline) throw new Error(`${expression}: found ${value}`);
        await sleep(250);
      }
    },
    async close() {
      child.kill('SIGTERM');
      if (child.exitCode === null) await once(child, 'exit');
    },
  };
}

interface Answer {
  readonly data: { readonly result: readonly { readonly value: readonly [number, string] }[] };
}

async function ask(port: number, expression: string): Promise<number | undefined> {
  const url = `http://127.0.0.1:${port}/api/v1/query?query=${encodeURIComponent(expression)}`;
  const { data } = (await (await fetch(url)).json()) as Answer;
  const [found] = data.result;
  return found && Number(found.value[1]);
}
