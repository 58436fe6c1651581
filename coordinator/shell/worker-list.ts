/** The workers, as clients may know them. */
import { performance } from 'node:perf_hooks';
import type { DrainReply } from '../../proto/generated/isochron/v1/DrainReply.ts';
import type { ListWorkersReply } from '../../proto/generated/isochron/v1/ListWorkersReply.ts';
import type { Worker } from '../../proto/generated/isochron/v1/Worker.ts';
import { SamplerError } from '../../shared/protocol/errors.ts';
import { encodeModel } from '../../shared/protocol/model-wire.ts';
import { seesAll } from './auth/policy.ts';
import type { Principal } from './auth/principal.ts';
import type { Engine } from './engine.ts';
import type { WorkerSession } from './worker-session.ts';

/** Whoever may not know of all jobs reads what a worker is, and nothing of what it does. */
export function workersFor(engine: Engine, caller: Principal): ListWorkersReply {
  const all = [...engine.workers.all().map((one) => workerOf(engine, one)), ...quarantined(engine)];
  if (seesAll(caller)) return { workers: all, staleReplies: engine.state().staleReplies };
  const idle = { blocks: 0, modelCalls: 0, heldBlocks: 0, openJobs: 0, lastError: '' };
  return { workers: all.map((worker) => ({ ...worker, ...idle, progressAgeMs: 0 })) };
}

function workerOf(engine: Engine, session: WorkerSession): Worker {
  const state = engine.state().workers.get(session.id);
  const { running, jobs } = engine.state();
  const held = running.flatMap((id) => jobs.get(id)?.blocks ?? []);
  return {
    id: session.id,
    name: session.name,
    backend: session.backend,
    state: state === undefined ? 'connecting' : state.draining ? 'draining' : 'ready',
    blocks: held.filter(({ worker }) => worker === session.id).length,
    modelCalls: session.modelCalls,
    models: session.models.map(encodeModel),
    progressAgeMs: session.progressAgeMs,
    heldBlocks: session.holds.blocks,
    openJobs: session.holds.jobs,
    lastError: session.lastError,
    emulated: session.emulated,
  };
}

/** Who is out for a while, and why. */
function quarantined(engine: Engine): Worker[] {
  const nowMs = performance.now();
  return [...engine.state().trust]
    .filter(([, { untilMs }]) => untilMs > nowMs)
    .map(([name, { untilMs, why }]) => {
      const seconds = Math.ceil((untilMs - nowMs) / 1000);
      return { name, state: 'quarantined', lastError: `for another ${seconds} s: ${why}` };
    });
}

export function drain(engine: Engine, wanted: string): DrainReply {
  const session = engine.workers.all().find(({ id, name }) => id === wanted || name === wanted);
  if (!session) {
    const message = `worker: found "${wanted}", expected the id or name of a registered worker`;
    throw new SamplerError('INVALID_REQUEST', message);
  }
  engine.dispatch({ kind: 'drainRequested', worker: session.id });
  return { blocks: workerOf(engine, session).blocks ?? 0 };
}
