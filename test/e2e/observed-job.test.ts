/** A real job, seen from outside: its metrics, its trace, its lines in the log. */
import { credentials, Metadata } from '@grpc/grpc-js';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { loadPackage } from '../../shared/protocol/loader.ts';
import { logOptions } from '../../shared/protocol/log-options.ts';
import { realCluster, until, type RealCluster } from '../support/real-cluster.ts';
import { readSamples, type Sample } from '../support/samples.ts';
import {
  spanCollector,
  type CollectedSpan,
  type SpanCollector,
} from '../support/span-collector.ts';

interface Line {
  readonly level: number;
  readonly msg: string;
  readonly job?: string;
  readonly trace?: string;
  readonly [key: string]: unknown;
}

const lines: Line[] = [];
const caller = { trace: '0af7651916cd43dd8448eb211c80319c', span: 'b7ad6b7169203331' };
const request = { model: 'mixture6', solver: 'ddpm', steps: 60, method: 'secant', window: 24 };

let collector: SpanCollector;
let cluster: RealCluster;
let job = '';
let samples: Sample[] = [];
let spans: CollectedSpan[] = [];

beforeAll(async () => {
  collector = await spanCollector();
  vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', collector.url);
  vi.stubEnv('OTEL_RESOURCE_ATTRIBUTES', 'deployment.environment.name=test');
  vi.stubEnv('OTEL_BSP_SCHEDULE_DELAY', '50');
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      for (const line of chunk.toString().trim().split('\n')) lines.push(JSON.parse(line) as Line);
      done();
    },
  });
  cluster = await realCluster(undefined, pino({ level: 'debug', ...logOptions }, sink));
  await cluster.addWorkers(2);
  job = await submitTraced({ ...request, blocks: 4 });
  await cluster.client.result(job).catch(() => undefined);
  for await (const _event of cluster.client.watch(job));
  await until(() => collector.spans.some(({ name }) => name === 'isochron.job'));
  // batches may overtake each other
  await until(() => {
    const ids = new Set(collector.spans.map(({ spanId }) => spanId)).add(caller.span);
    return collector.spans.every(({ parentSpanId = caller.span }) => ids.has(parentSpanId));
  });
  // the heartbeat after the last call
  await until(async () => valueOf(await read(), 'isochron_model_call_rows_count') > 0);
  samples = await read();
  spans = collector.spans.filter(({ traceId }) => traceId === caller.trace);
});

afterAll(async () => {
  vi.unstubAllEnvs();
  await cluster.close();
  collector.close();
});

async function read(): Promise<Sample[]> {
  return readSamples(await cluster.metrics.text());
}

function valueOf(
  found: readonly Sample[],
  name: string,
  labels: Record<string, string> = {},
): number {
  const wanted = Object.entries(labels);
  const sample = found.find(
    (one) => one.name === name && wanted.every(([key, value]) => one.labels[key] === value),
  );
  if (!sample) throw new Error(`no sample of ${name}`);
  return sample.value;
}

/** As a program does that has a trace of its own. */
async function submitTraced(asked: object): Promise<string> {
  const metadata = new Metadata();
  const token = await readFile(join(cluster.dataDir, 'token'), 'utf8').catch(() => '');
  if (token !== '') metadata.set('authorization', `Bearer ${token.trim()}`);
  metadata.set('traceparent', `00-${caller.trace}-${caller.span}-01`);
  const address = `127.0.0.1:${cluster.ports.client}`;
  const stub = new (loadPackage().Sampler)(address, credentials.createInsecure());
  return new Promise((resolve, reject) => {
    stub.submit(asked, metadata, { deadline: Date.now() + 20_000 }, (error, reply) => {
      stub.close();
      if (error) reject(error);
      else resolve(reply?.job ?? '');
    });
  });
}

describe('metrics of a job', () => {
  it('agree with its report', async () => {
    const { report } = await cluster.client.result(job);
    expect(valueOf(samples, 'isochron_rounds_total')).toBe(report.rounds);
    expect(valueOf(samples, 'isochron_model_calls_total')).toBeGreaterThanOrEqual(
      report.modelCalls,
    );
    expect(valueOf(samples, 'isochron_round_seconds_count')).toBe(report.rounds);
    expect(valueOf(samples, 'isochron_jobs_total', { state: 'submitted' })).toBe(1);
    expect(valueOf(samples, 'isochron_jobs_total', { state: 'done' })).toBe(1);
    expect(valueOf(samples, 'isochron_job_seconds_count', { state: 'done' })).toBe(1);
    expect(valueOf(samples, 'isochron_job_queue_seconds_count')).toBe(1);
    expect(valueOf(samples, 'isochron_submit_seconds_count')).toBe(1);
    const bytes = (direction: string) =>
      valueOf(samples, 'isochron_worker_bytes_total', { direction });
    expect(bytes('to_workers')).toBeGreaterThan(report.bytes.toWorkers);
    expect(bytes('from_workers')).toBeGreaterThan(report.bytes.fromWorkers);
  });

  it('know the fleet and the store, and are back at nothing after it', () => {
    expect(valueOf(samples, 'isochron_workers', { state: 'ready' })).toBe(2);
    expect(valueOf(samples, 'isochron_workers', { state: 'quarantined' })).toBe(0);
    for (const name of [
      'jobs_waiting',
      'jobs_running',
      'blocks_pending',
      'blocks_running',
      'watchers',
      'latents',
    ])
      expect([name, valueOf(samples, `isochron_${name}`)]).toEqual([name, 0]);
    expect(valueOf(samples, 'isochron_store_commit_seconds_count')).toBeGreaterThanOrEqual(2);
    expect(valueOf(samples, 'isochron_build_info')).toBe(1);
  });

  it('have the batch sizes of all model calls', () => {
    const passes = valueOf(samples, 'isochron_forward_passes_total');
    expect(passes).toBeGreaterThan(0);
    const calls = valueOf(samples, 'isochron_model_call_rows_count');
    expect(valueOf(samples, 'isochron_model_call_rows_bucket', { le: '+Inf' })).toBe(calls);
    expect(valueOf(samples, 'isochron_model_call_seconds_count')).toBe(calls);
  });

  it('have no label that names a job, a client or a worker', () => {
    const values = new Set(samples.flatMap(({ labels }) => Object.values(labels)));
    expect([...values].filter((value) => value.includes(job) || /^w\d+$/.test(value))).toEqual([]);
  });

  it('count what is refused', async () => {
    const refused = cluster.client.submit({ ...request, steps: -1 });
    await expect(refused).rejects.toThrow('steps');
    const after = await read();
    expect(valueOf(after, 'isochron_submits_refused_total', { code: 'INVALID_REQUEST' })).toBe(1);
  });
});

describe('trace of a job', () => {
  const childrenOf = (parent: CollectedSpan) =>
    spans.filter(({ parentSpanId }) => parentSpanId === parent.spanId);
  const named = (name: string) => spans.filter((span) => span.name === `isochron.${name}`);

  it('belongs to the caller, and says which job it is', () => {
    const [root, ...others] = named('job');
    expect(others).toEqual([]);
    expect(root).toMatchObject({ parentSpanId: caller.span });
    expect(root?.attributes).toMatchObject({ 'isochron.job': job, 'isochron.state': 'done' });
    expect(root?.attributes).toMatchObject({ 'isochron.model': 'mixture6' });
    const service = {
      'service.name': 'isochron-coordinator',
      'deployment.environment.name': 'test',
    };
    expect(collector.resources[0]).toMatchObject(service);
  });

  it('is a tree: submit, plan, run, store; rounds; sweeps with their worker; model', () => {
    const [root] = named('job');
    if (!root) throw new Error('no span of the job');
    const names = new Set(childrenOf(root).map(({ name }) => name.slice('isochron.'.length)));
    expect([...names].sort()).toEqual(['plan', 'run', 'store', 'submit']);
    const [run] = named('run');
    expect(run?.attributes).toMatchObject({
      'isochron.method': 'secant',
      'isochron.steps': 60,
      'isochron.window': 24,
    });
    expect(named('round').length).toBeGreaterThan(5);
    expect(new Set(named('round').map(({ parentSpanId }) => parentSpanId))).toEqual(
      new Set([run?.spanId]),
    );
    const rounds = new Set(named('round').map(({ spanId }) => spanId));
    const sweeps = named('sweep');
    expect(sweeps.every(({ parentSpanId = '' }) => rounds.has(parentSpanId))).toBe(true);
    expect(new Set(sweeps.map(({ attributes }) => attributes['isochron.worker']))).toEqual(
      new Set(['w1', 'w2']),
    );
    // the last block may have a worker to itself
    const orders = [...sweeps, ...named('advance'), ...named('absorb')];
    const above = new Set(orders.map(({ spanId }) => spanId));
    expect(named('model').length).toBeGreaterThan(10);
    const astray = named('model').filter(({ parentSpanId = '' }) => !above.has(parentSpanId));
    const parents = astray.map(({ parentSpanId }) =>
      spans.find((span) => span.spanId === parentSpanId),
    );
    expect(parents.map((span) => span?.name)).toEqual([]);
    expect(named('compose').length).toBeGreaterThan(5);
  });

  it('has every child within its parent, and no error', () => {
    const byId = new Map(spans.map((span) => [span.spanId, span]));
    for (const { name, start, end, parentSpanId = '', status } of spans) {
      expect(start <= end, name).toBe(true);
      expect(status.code ?? 0, name).toBe(0);
      const parent = byId.get(parentSpanId);
      if (!parent) continue;
      expect([name, start >= parent.start, end <= parent.end]).toEqual([name, true, true]);
    }
  });

  it('of a job that is refused says why', async () => {
    await expect(cluster.client.submit({ ...request, steps: 0 })).rejects.toThrow('steps');
    const failed = () =>
      collector.spans.find(({ name, status }) => name === 'isochron.job' && status.code === 2);
    await until(() => failed() !== undefined);
    expect(failed()?.status.message).toContain('INVALID_REQUEST');
    expect(failed()?.events.map(({ name }) => name)).toEqual(['exception']);
  });
});

describe('log of a job', () => {
  const said = (msg: string) => lines.filter((line) => line.msg === msg && line.job === job);

  it('says when it was accepted, started and ended, with its figures and its trace', () => {
    for (const msg of ['job accepted', 'job started', 'job ended']) {
      expect(said(msg).map(({ level }) => level)).toEqual([30]);
    }
    expect(said('job started')[0]).toMatchObject({
      method: 'secant',
      window: 24,
      trace: caller.trace,
    });
    const [end] = said('job ended');
    expect(end).toMatchObject({ phase: 'done', trace: caller.trace });
    expect(end?.['modelCalls']).toBeGreaterThan(0);
    expect(end?.['wallMs']).toBeGreaterThan(0);
  });

  it('has lines of its rounds, and who came', () => {
    const rounds = said('round');
    const numbers = rounds.map(({ round }) => Number(round));
    // one reply may end two
    expect(numbers.length).toBeGreaterThan(5);
    expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
    expect(numbers.at(-1)).toBe(valueOf(samples, 'isochron_rounds_total'));
    expect(new Set(rounds.map(({ level }) => level))).toEqual(new Set([20]));
    const joined = lines.filter(({ msg }) => msg === 'worker registered');
    expect(joined.map(({ worker }) => worker).sort()).toEqual(['w1', 'w2']);
  });
});
