import { describe, expect, it } from 'vitest';
import { createEventParser, type ServerEvent } from '../../dashboard/api/event-stream.ts';
import { readAs } from '../../dashboard/api/read-as.ts';
import { readJob, readModels, readReport } from '../../dashboard/api/replies.ts';
import { lanesOf, noActivity, SHOWN_MS, withActivity } from '../../dashboard/data/activity.ts';
import { emptyView, residualCurve, withRounds, withStatus } from '../../dashboard/data/job-view.ts';
import { tokenOf } from '../../dashboard/data/routes.ts';

const base64 = (...bytes: number[]): string => Buffer.from(bytes).toString('base64');
const oneRound = (round: number, ...codes: number[]) => ({
  ...{ round, frontier: round, firstStep: round, residualCodes: base64(...codes) },
});

describe('an event stream', () => {
  it('is read however it is cut', () => {
    const text =
      ': here\r\n\r\nevent: status\ndata: {"a":1}\n\ndata: b\ndata: c\r\n\r\nevent: x\n\n';
    for (let size = 1; size <= text.length; size++) {
      const found: ServerEvent[] = [];
      const parse = createEventParser((event) => found.push(event));
      for (let at = 0; at < text.length; at += size) parse(text.slice(at, at + size));
      expect(found).toEqual([
        { event: 'status', data: '{"a":1}' },
        { event: 'message', data: 'b\nc' },
      ]);
    }
  });
});

describe('a job', () => {
  it('takes new rounds and those that changed, in order', () => {
    const first = withRounds(emptyView, { rounds: [oneRound(2, 100), oneRound(1, 120, 110)] });
    const then = withRounds(first, { rounds: [oneRound(2, 150, 90), oneRound(3, 0)] });
    expect(then.rounds.map(({ round, codes }) => [round, ...codes])).toEqual([
      [1, 120, 110],
      [2, 150, 90],
      [3, 0],
    ]);
    const [, second, third] = residualCurve(then.rounds);
    expect(second).toBeCloseTo(2 ** (-50 / 6), 12);
    expect(third).toBeUndefined();
  });

  it('keeps blocks that were let go, and knows those that are held', () => {
    const held = (begin: number, end: number, worker: string) => ({ begin, end, worker });
    const first = withRounds(emptyView, { blocks: [held(4, 8, 'b'), held(0, 4, 'a')] });
    expect(withRounds(first, { rounds: [], blocks: [] }).blocks).toBe(first.blocks);
    const then = withRounds(first, { blocks: [held(4, 6, 'a'), held(6, 9, '')] });
    expect(
      then.blocks.map(({ begin, end, worker, held: now }) => [begin, end, worker, now]),
    ).toEqual([
      [0, 4, 'a', false],
      [4, 6, 'a', true],
      [6, 9, '', true],
    ]);
  });

  it('has one estimate a round while it runs', () => {
    const status = (rounds: number, errorEstimate: number, state = 'RUNNING') =>
      readJob({ state, rounds, errorEstimate });
    const views = [status(1, 0.1), status(1, 0.2), status(2, 0), status(3, 0.3, 'DONE')];
    const { estimates, status: last } = views.reduce(withStatus, emptyView);
    expect(estimates).toEqual([{ round: 1, value: 0.2 }]);
    expect(last?.state).toBe('DONE');
  });
});

describe('replies', () => {
  it('may lack anything, and may be nonsense', () => {
    expect(readAs({ a: 1, b: [] as number[] }, { a: 'x', b: {} })).toEqual({ a: 1, b: [] });
    expect(readJob(null)).toMatchObject({ job: '', state: 'QUEUED', samples: 1 });
    expect(
      readModels({ models: [{ workers: 2, model: { name: 'm', conditions: null } }] }),
    ).toEqual([
      expect.objectContaining({ name: 'm', workers: 2, conditions: [], sampleShape: [] }),
    ]);
    const report = readReport({ plan: { predictedMs: null }, sequential: null });
    expect(report.plan.predictedMs).toBeUndefined();
    expect(report.sequential).toBeUndefined();
    for (const nonsense of [undefined, 7, 'x', [], { rounds: 3, blocks: 'x' }]) {
      expect(withRounds(emptyView, nonsense)).toEqual(emptyView);
    }
    expect(withRounds(emptyView, { rounds: [{ round: 1, residualCodes: '%' }] }).rounds).toEqual([
      expect.objectContaining({ round: 1, codes: new Uint8Array() }),
    ]);
  });
});

describe('activity', () => {
  const sweep = (name: string, startMs: number, endMs: number) => ({
    ...{ worker: name, name, job: 'j', block: 0, rows: 3, startMs, endMs },
  });

  it('is a minute, on the clock of the coordinator', () => {
    const nowMs = 1_000_000;
    const intervals = [sweep('a', nowMs - 70_000, nowMs - 61_000), sweep('a', nowMs - 9, nowMs)];
    const activity = withActivity(noActivity, { nowMs, intervals }, 40);
    expect(activity.sweeps).toHaveLength(1);
    expect(activity.offsetMs).toBe(nowMs - 40);
    const later = withActivity(activity, { nowMs: nowMs + SHOWN_MS, intervals: [] }, 40 + SHOWN_MS);
    expect(later.sweeps).toEqual([]);
  });

  it('counts time once where blocks of a worker overlap', () => {
    const nowMs = SHOWN_MS;
    const intervals = [sweep('a', 0, 6_000), sweep('a', 3_000, 9_000), sweep('b', 0, 600)];
    const lanes = lanesOf(withActivity(noActivity, { nowMs, intervals }, 0), ['c'], nowMs);
    expect(lanes.map(({ name, busy }) => [name, busy])).toEqual([
      ['c', 0],
      ['a', 0.15],
      ['b', 0.01],
    ]);
  });
});

describe('a token', () => {
  it('is what follows #token=, and nothing else is', () => {
    expect(tokenOf('#token=iso_aB-9_x')).toBe('iso_aB-9_x');
    for (const other of ['', '#/', '#/jobs', '#token=', '#token=a b', '#token=<b>']) {
      expect(tokenOf(other)).toBeUndefined();
    }
  });
});
