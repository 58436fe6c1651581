import { trace } from '@opentelemetry/api';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
  type ReadableSpan,
} from '@opentelemetry/sdk-trace-base';
import { describe, expect, it } from 'vitest';
import { RunSpans } from '../../../coordinator/shell/tracing/run-spans.ts';
import { JobSpans } from '../../../coordinator/shell/tracing/spans.ts';
import type { Fence, FromBlock, ToBlock } from '../../../shared/kernel/block-messages.ts';
import { limits } from '../../../shared/kernel/limits.ts';

const cost = {
  modelCalls: 4,
  forwardPasses: 4,
  microBatches: 1,
  modelMs: 6,
  queueMs: 0,
  scanMs: 1,
};

function started() {
  const exporter = new InMemorySpanExporter();
  const spanProcessors = [new SimpleSpanProcessor(exporter)];
  const tracer = new BasicTracerProvider({ spanProcessors }).getTracer('test');
  const spans = new JobSpans(tracer, undefined, 0);
  const open = spans.begin('isochron.run', spans.root, 0);
  if (!open) throw new Error('no span');
  const run = new RunSpans(spans, open);
  const named = (name: string) =>
    exporter.getFinishedSpans().filter((span) => span.name === `isochron.${name}`);
  return { spans, run, named, all: () => exporter.getFinishedSpans() };
}

const fence = (block: number, round: number, attempt = 1): Fence => {
  return { job: 'a', block, epoch: 1, attempt, round };
};

function sweep(block: number, round: number, attempt = 1): ToBlock {
  const frontier = Int32Array.of(0);
  const own = { fence: fence(block, round, attempt), frontier, windowEnd: 8 };
  return { kind: 'sweep', ...own, wantsDenoised: false };
}

function swept(block: number, round: number, attempt = 1): FromBlock {
  const residuals = { round, firstStep: 0, codes: new Uint8Array(), frontier: 0 };
  const own = { fence: fence(block, round, attempt), row: 8, slope: new Float64Array() };
  return { kind: 'swept', ...own, cost, residuals };
}

/** Milliseconds since the job began. */
function msOf({ startTime, endTime }: ReadableSpan): [number, number] {
  const ms = ([s, ns]: readonly [number, number]) => s * 1000 + ns / 1e6 - performance.timeOrigin;
  return [Math.round(ms(startTime)), Math.round(ms(endTime))];
}

function rounds(run: RunSpans, count: number, blocks: number): void {
  for (let round = 1; round <= count; round++) {
    const atMs = 20 * round;
    for (let block = 0; block < blocks; block++) run.ordered('w1', sweep(block, round), atMs);
    for (let block = 0; block < blocks; block++) {
      run.replied('w1', swept(block, round), { atMs: atMs + 10, stale: false });
    }
    run.composed({ startMs: atMs + 11, endMs: atMs + 12 });
  }
}

describe('spans of a run', () => {
  it('put the model before the arrival of the reply, less the vector work', () => {
    const { run, named } = started();
    rounds(run, 1, 1);
    run.end(100);
    expect(named('sweep').map(msOf)).toEqual([[20, 30]]);
    expect(named('model').map(msOf)).toEqual([[23, 29]]);
    expect(named('round').map(msOf)).toEqual([[20, 32]]);
    expect(named('run').map(msOf)).toEqual([[0, 100]]);
  });

  it('of a long job are fewer than the limit, from its beginning to its end', () => {
    const { spans, run, named, all } = started();
    rounds(run, 140, 8);
    run.end(10_000);
    spans.close(10_000);
    expect(named('round').length).toBe(16 + 16 + 16 + 3);
    expect(named('round').map(({ attributes }) => attributes['isochron.round'])).toContain(136);
    expect(all().length).toBeLessThanOrEqual(limits.spansPerJobMax);
    const [own] = named('run');
    expect(own?.attributes).toMatchObject({ 'isochron.rounds.seen': 140 });
    expect(own?.attributes).toMatchObject({ 'isochron.rounds.recorded': 51 });
    expect(named('job')[0]?.attributes['isochron.spans.left_out']).toBe(0);
  });

  it('of very many blocks are left out beyond the limit, which the job says', () => {
    const { spans, run, named, all } = started();
    rounds(run, 30, 500);
    run.end(10_000);
    spans.close(10_000);
    expect(all().length).toBe(limits.spansPerJobMax - 64);
    expect(spans.begin('isochron.store', spans.root, 10_000)).toBeDefined();
    expect(named('job')[0]?.attributes['isochron.spans.left_out']).toBeGreaterThan(40);
  });

  it('say which sweep was never answered, and end all the same', () => {
    const { run, named } = started();
    run.ordered('w1', sweep(0, 1), 10);
    run.ordered('w2', sweep(1, 1), 10);
    run.lost('w2', 40);
    run.ordered('w1', sweep(1, 1, 2), 41);
    run.replied('w1', swept(0, 1), { atMs: 50, stale: false });
    run.replied('w1', swept(1, 1, 2), { atMs: 60, stale: false });
    run.replied('w2', swept(1, 1), { atMs: 65, stale: true });
    run.ordered('w1', sweep(0, 2), 70);
    run.end(80, { code: 'CANCELLED', message: 'by the client' });
    const statuses = named('sweep').map(({ attributes, status }) => [
      attributes['isochron.worker'],
      attributes['isochron.round'],
      status.code,
    ]);
    expect(statuses).toEqual([
      ['w2', 1, 2],
      ['w1', 1, 0],
      ['w1', 1, 0],
      ['w1', 2, 2],
    ]);
    expect(named('run')[0]?.status.message).toBe('CANCELLED: by the client');
  });

  it('have the error of a block that failed', () => {
    const { run, named } = started();
    run.ordered('w1', sweep(0, 1), 10);
    const failure = { code: 'NON_FINITE', message: 'no finite value', retriable: false };
    const failed: FromBlock = { kind: 'blockFailed', fence: fence(0, 1), ...failure };
    run.replied('w1', failed, { atMs: 20, stale: false });
    run.end(30);
    expect(named('sweep').map(({ status }) => status)).toEqual([
      { code: 2, message: 'NON_FINITE: no finite value' },
    ]);
    expect(named('sweep')[0]?.events.map(({ name }) => name)).toEqual(['exception']);
  });
});

it('nothing of it is global', () => {
  expect(trace.getTracer('x').startSpan('y').isRecording()).toBe(false);
});
