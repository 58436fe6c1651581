/**
 * Measures what a registration cannot know: how long a message takes to a worker and back, and how
 * much slower a worker's model gets while the others compute, since they may share cores, memory
 * or a device. Only while no job runs, a fraction of a second after a worker has joined.
 */
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { CoordinatorControl } from '../../proto/generated/isochron/v1/CoordinatorControl.ts';
import type { WorkerControl__Output } from '../../proto/generated/isochron/v1/WorkerControl.ts';
import { worthwhileBatch } from '../../shared/numerics/batches.ts';
import { rescaled } from '../../shared/numerics/latency-curve.ts';
import type { LatencyCurve, RegisteredModel } from '../../shared/protocol/model-description.ts';
import type { WorkerRegistry, WorkerSession } from './worker-session.ts';

export interface Calibrator {
  /** A job has ended: there may be time to measure. */
  wake(): void;
  /** A worker has joined: there is something to measure. */
  joined(): void;
  /** Something is being measured, or is about to be. */
  busy(): boolean;
  /** Resolves once nothing is being measured. */
  calm(): Promise<void>;
  /** An answer of a worker. */
  heard(message: WorkerControl__Output): void;
  close(): void;
}

export interface CalibratorOptions {
  readonly workers: WorkerRegistry;
  /** No job runs. */
  readonly idle: () => boolean;
  /** Nothing is being measured any more. */
  readonly settled: () => void;
  readonly log: Logger;
}

/** Workers that start together join within this time. */
const SETTLE_MS = 50;
const PINGS = 5;
const PING_MS_MAX = 2_000;
/** Each worker alone, one after the other, only where that takes no longer than a few seconds. */
const ALONE_MAX = 8;
/** About this many calls of one row, within these bounds. */
const BUDGET_CALLS = 50;
const BUDGET_MS = { least: 150, most: 2_000 };
/** A worker that has not answered by then is busy, or gone. */
const ANSWER_FACTOR = 6;

interface State extends CalibratorOptions {
  readonly waiting: Map<number, (message: WorkerControl__Output) => void>;
  readonly closing: AbortController;
  number: number;
  /** Somebody has joined since the last measurement. */
  stale: boolean;
  running: boolean;
  /** The last time that something was measured: settles with its end. */
  last: Promise<void>;
}

export function createCalibrator(options: CalibratorOptions): Calibrator {
  const state: State = {
    ...options,
    waiting: new Map(),
    closing: new AbortController(),
    number: 0,
    stale: false,
    running: false,
    last: Promise.resolve(),
  };
  return {
    wake: () => start(state),
    busy: () => state.running,
    calm: () => state.last,
    joined: () => {
      state.stale = true;
      start(state);
    },
    heard: (message) => {
      const number = message.heartbeat?.probe ?? message.measured?.number ?? 0;
      state.waiting.get(number)?.(message);
      state.waiting.delete(number);
    },
    close: () => state.closing.abort(),
  };
}

function start(state: State): void {
  if (state.running || !state.stale) return;
  state.running = true;
  state.last = run(state);
}

async function run(state: State): Promise<void> {
  try {
    while (state.stale && !state.closing.signal.aborted) {
      await sleep(SETTLE_MS, undefined, { signal: state.closing.signal, ref: false });
      if (!state.idle()) return;
      state.stale = false;
      // a job that began meanwhile was measured with: its figures are thrown away
      if (!(await calibrate(state))) state.stale = true;
    }
  } catch (error) {
    if (!state.closing.signal.aborted) state.log.error({ err: error }, 'calibration failed');
  } finally {
    state.running = false;
    if (!state.closing.signal.aborted) state.settled();
  }
}

/** What calls take on each worker while the others compute, where that was measured. */
export function crowdedCurves(workers: WorkerRegistry) {
  return workers.all().flatMap(({ id: worker, models, figures }) =>
    models.flatMap(({ name: model, latencyCurve }) => {
      const { crowded } = figures.get(model) ?? {};
      return crowded ? [{ worker, model, curve: rescaled(latencyCurve, crowded) }] : [];
    }),
  );
}

/** False where it was disturbed. */
async function calibrate(state: State): Promise<boolean> {
  const sessions = state.workers.all().filter(({ data }) => data !== undefined);
  for (const session of sessions) {
    session.rttMs ??= await roundTrip(state, session);
    if (!state.idle()) return false;
  }
  for (const own of sharedModels(sessions)) {
    if (!(await measureModel(state, own))) return false;
  }
  return true;
}

interface Offer {
  readonly session: WorkerSession;
  readonly model: RegisteredModel;
}

/** The workers of every model file that more than one has. */
function sharedModels(sessions: readonly WorkerSession[]): Offer[][] {
  const offers = sessions.flatMap((session) => session.models.map((model) => ({ session, model })));
  const byFile = Map.groupBy(offers, ({ model }) => model.sha256);
  return [...byFile.values()].filter((own) => own.length > 1);
}

async function measureModel(state: State, offers: readonly Offer[]): Promise<boolean> {
  const alone = new Map<string, LatencyCurve>();
  if (offers.length <= ALONE_MAX) {
    for (const { session, model } of offers) {
      const curve = await measure(state, session, model, true);
      if (!state.idle()) return false;
      if (curve) alone.set(session.id, curve);
    }
  }
  const together = await Promise.all(
    offers.map(({ session, model }) => measure(state, session, model)),
  );
  if (!state.idle()) return false;
  for (const [k, { session, model }] of offers.entries()) {
    const crowded = together[k];
    if (!crowded) continue;
    const figures = { alone: alone.get(session.id), crowded, crowd: offers.length };
    session.figures.set(model.name, figures);
    const { name: worker } = session;
    state.log.info({ worker, model: model.name, ...figures }, 'measured with the other workers');
  }
  return true;
}

/** Median of a few, in milliseconds; undefined where the worker does not answer. */
async function roundTrip(state: State, session: WorkerSession): Promise<number | undefined> {
  const times: number[] = [];
  for (let ping = 0; ping < PINGS; ping++) {
    const started = performance.now();
    const number = ++state.number;
    const order = { probe: { number } };
    if (!(await ask(state, session, { number, order, msMax: PING_MS_MAX }))) return undefined;
    times.push(performance.now() - started);
  }
  return times.sort((a, b) => a - b)[PINGS >> 1];
}

async function measure(
  state: State,
  session: WorkerSession,
  model: RegisteredModel,
  alone = false,
): Promise<LatencyCurve | undefined> {
  const [first] = model.latencyCurve;
  const wantedMs = BUDGET_CALLS * (first?.ms ?? 0);
  const budgetMs = Math.min(BUDGET_MS.most, Math.max(BUDGET_MS.least, wantedMs));
  const batchMax = Math.max(worthwhileBatch(model, false), worthwhileBatch(model, true));
  const number = ++state.number;
  const measured = { number, model: model.name, batchMax, budgetMs: Math.round(budgetMs), alone };
  const msMax = PING_MS_MAX + ANSWER_FACTOR * Math.max(budgetMs, first?.ms ?? 0);
  const answer = await ask(state, session, { number, order: { measure: measured }, msMax });
  const curve = answer?.measured?.latencyCurve ?? [];
  return usable(curve) ? curve : undefined;
}

/** Figures of a peer are input. */
function usable(curve: LatencyCurve): boolean {
  const rising = curve.every(({ batch }, k) => batch > (curve[k - 1]?.batch ?? 0));
  return curve.length > 0 && rising && curve.every(({ ms }) => ms >= 0 && ms < Infinity);
}

interface Question {
  /** Echoed in the answer. */
  readonly number: number;
  readonly order: CoordinatorControl;
  readonly msMax: number;
}

/** Undefined where no answer comes in time. */
async function ask(
  { waiting, closing }: State,
  { control }: WorkerSession,
  { number, order, msMax }: Question,
): Promise<WorkerControl__Output | undefined> {
  const { promise, resolve } = Promise.withResolvers<WorkerControl__Output | undefined>();
  waiting.set(number, resolve);
  const giveUp = (): void => resolve(undefined);
  const timer = setTimeout(giveUp, msMax);
  timer.unref();
  closing.signal.addEventListener('abort', giveUp);
  try {
    await control.write([order]);
    return await promise;
  } finally {
    clearTimeout(timer);
    closing.signal.removeEventListener('abort', giveUp);
    waiting.delete(number);
  }
}
