import { credentials, makeGenericClientConstructor } from '@grpc/grpc-js';
import type { ServiceError } from '@grpc/grpc-js';
import { service as healthService } from 'grpc-health-check';
import { pino } from 'pino';
import { afterEach, describe, expect, it } from 'vitest';

import type { ToWorker } from '../../../shared/kernel/block-messages.ts';
import { drive } from '../../../shared/numerics/drive.ts';
import { analyticBackend } from '../../../worker/backend/analytic.ts';
import type { Backend } from '../../../worker/backend/backend.ts';
import { startWorker } from '../../../worker/shell/worker.ts';
import type { WorkerOptions } from '../../../worker/shell/worker.ts';
import { mixtureJob } from '../../support/mixture-job.ts';
import { slowBackend } from '../backend/slow-backend.ts';
import { specOf } from '../../support/job-spec.ts';
import { TinyCoordinator } from '../core/tiny-coordinator.ts';
import { abort, nextControl, serveSessions } from './fleet-server.ts';
import type { Session } from './fleet-server.ts';

const cleanUp: (() => unknown)[] = [];
afterEach(async () => {
  for (const action of cleanUp.splice(0).reverse()) await action();
});

const log = pino({ level: 'silent' });
const measure = { repeats: 1, budgetMs: 1 };

async function start(coordinator: string, backend: Backend, more: Partial<WorkerOptions> = {}) {
  const worker = await startWorker({ coordinator, backend, log, measure, ...more });
  cleanUp.push(() => worker.close());
  return worker;
}

async function fleetWith(backend: Backend = analyticBackend(), more: Partial<WorkerOptions> = {}) {
  const fleet = await serveSessions();
  cleanUp.push(() => fleet.close());
  const worker = await start(fleet.address, backend, more);
  return { fleet, worker, session: await fleet.next() };
}

function shaOf(session: Session): string {
  const { sha256 = '' } = session.models.find(({ name }) => name === 'mixture6') ?? {};
  return sha256;
}

describe('a job over gRPC', () => {
  it.each(['secant', 'parataa', 'parareal'] as const)(
    'gives the bits of drive.ts with %s on two workers',
    async (method) => {
      const { fleet, session } = await fleetWith();
      await start(fleet.address, analyticBackend());
      const sessions = [session, await fleet.next()];
      const seed = 4;
      const job = mixtureJob({ solver: 'ddpm', steps: 20, method, blocks: 3, samples: 2, seed });
      const coordinator = new TinyCoordinator(job.problem, (message, block) => {
        sessions[block % 2]?.send(message);
      });
      for (const one of sessions) {
        one.onMessage = (message) => coordinator.receive(message);
        one.send({ kind: 'openJob', spec: specOf(job.problem, seed, { modelSha256: shaOf(one) }) });
      }
      const { samples } = await coordinator.run({ advance: true });
      expect(samples).toEqual((await drive(job.problem)).samples);
    },
  );

  it('is refused with the wrong model', async () => {
    const { session } = await fleetWith();
    const { problem } = mixtureJob({ solver: 'ddim', steps: 4, method: 'picard' });
    const fence = { job: 'job', block: 0, epoch: 1, attempt: 0, round: 0 };
    for (const [changes, code] of [
      [{ modelSha256: 'other' }, 'MODEL_UNUSABLE'],
      [{ model: 'none' }, 'UNKNOWN_MODEL'],
      [{ modelSha256: shaOf(session), dim: 3 }, 'SHAPE_MISMATCH'],
    ] as const) {
      const answer = new Promise((resolve) => (session.onMessage = resolve));
      session.send({ kind: 'openJob', spec: specOf(problem, 1, changes) });
      session.send({ kind: 'assignBlock', fence, begin: 0, end: 4 });
      expect(await answer).toMatchObject({ kind: 'blockFailed', code });
    }
  });
});

const fence = { job: 'job', block: 0, epoch: 1, attempt: 0, round: 1 };

/** Gives the worker one block of a job. */
function assign(session: Session, changes: Parameters<typeof specOf>[2] = {}): void {
  const { problem } = mixtureJob({ solver: 'ddim', steps: 8, method: 'picard' });
  session.send({
    kind: 'openJob',
    spec: specOf(problem, 1, { modelSha256: shaOf(session), ...changes }),
  });
  session.send({ kind: 'assignBlock', fence, begin: 0, end: 8 });
}

const sweep: ToWorker = {
  kind: 'sweep',
  fence,
  frontier: Int32Array.of(0),
  windowEnd: 8,
  wantsDenoised: true,
};

describe('a worker', () => {
  it('starts clean with every registration', async () => {
    const { fleet, session, worker } = await fleetWith();
    assign(session);
    abort(session.control);
    const again = await fleet.next();
    expect(again.worker).toBe('w2');
    expect(worker.registered).toBe(true);
    const heard: string[] = [];
    const answer = new Promise<void>((resolve) => {
      again.onMessage = ({ kind }) => {
        heard.push(kind);
        resolve();
      };
    });
    // A block of the old registration is unknown; one whose job was not opened again fails.
    again.send(sweep);
    again.send({ kind: 'assignBlock', fence, begin: 0, end: 8 });
    await answer;
    expect(heard).toEqual(['blockFailed']);
  });

  it('registers anew when its data stream breaks', async () => {
    const { fleet, session } = await fleetWith();
    abort(session.data);
    expect((await fleet.next()).worker).toBe('w2');
  });

  it('drops a stream whose latents are damaged', async () => {
    const { fleet, session } = await fleetWith();
    const left = { byteLength: 8, crc32: 1, data: Buffer.alloc(8) };
    session.data.write({ orders: [{ assignBlock: { fence, left } }] });
    expect((await fleet.next()).worker).toBe('w2');
  });

  it('finishes the blocks it holds before it leaves', async () => {
    const { session, worker } = await fleetWith();
    const draining = nextControl(session.control, 'draining');
    assign(session);
    const swept = new Promise((resolve) => (session.onMessage = resolve));
    session.send(sweep);
    await swept;
    session.control.write({ drain: {} });
    await draining;
    let left = false;
    void worker.left.then(() => (left = true));
    const again = new Promise((resolve) => (session.onMessage = resolve));
    session.send({ ...sweep, fence: { ...fence, round: 2 } });
    expect(await again).toMatchObject({ kind: 'swept', fence: { round: 2 } });
    expect(left).toBe(false);
    session.send({ kind: 'releaseBlock', fence, collect: false });
    await worker.left;
    expect(worker.registered).toBe(false);
  });

  it('leaves a drain behind after its time', async () => {
    const { session, worker } = await fleetWith(analyticBackend(), { drainMs: 50 });
    assign(session);
    const swept = new Promise((resolve) => (session.onMessage = resolve));
    session.send(sweep);
    await swept;
    await worker.drain();
    await worker.left;
  });

  it('refuses to start without a model', async () => {
    const none = startWorker({
      coordinator: '127.0.0.1:1',
      backend: analyticBackend({ models: [] }),
      log,
    });
    await expect(none).rejects.toMatchObject({ code: 'MODEL_UNUSABLE' });
  });
});

describe('while the model thread is blocked', () => {
  // ISOCHRON_BUSY_MS=5000 for the full claim; the thread blocks the same way for any length
  const blockMs = Number(process.env['ISOCHRON_BUSY_MS'] ?? 600);

  it('health checks and probes are answered within 250 ms', async () => {
    const { session, worker } = await fleetWith(slowBackend({ blockMs }), {
      healthListen: '127.0.0.1:0',
    });
    const [model] = session.models;
    const slow = { model: 'slow', modelSha256: model?.sha256 ?? '' };
    assign(session, slow);
    const check = healthCheck(worker.healthPort ?? 0);
    const started = performance.now();
    const swept = new Promise((resolve) => (session.onMessage = resolve));
    session.send(sweep);
    let slowest = 0;
    let oldest = 0;
    for (let number = 1; performance.now() - started < blockMs - 150; number++) {
      const asked = performance.now();
      session.control.write({ probe: { number } });
      const [status, beat] = await Promise.all([
        check(),
        nextControl(session.control, 'heartbeat'),
      ]);
      expect(status).toBe('SERVING');
      slowest = Math.max(slowest, performance.now() - asked);
      oldest = Math.max(oldest, beat.progressAgeMs);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(slowest).toBeLessThan(250);
    // The heartbeat itself says that the model is busy.
    expect(oldest).toBeGreaterThan(100);
    expect(await swept).toMatchObject({ kind: 'swept' });
    expect(performance.now() - started).toBeGreaterThanOrEqual(blockMs - 50);
  });

  it('health follows the connection', async () => {
    const fleet = await serveSessions();
    const worker = await start(fleet.address, analyticBackend(), { healthListen: '127.0.0.1:0' });
    await fleet.next();
    const check = healthCheck(worker.healthPort ?? 0);
    expect(await check()).toBe('SERVING');
    fleet.close();
    while ((await check()) === 'SERVING') await new Promise((resolve) => setTimeout(resolve, 20));
    expect(worker.registered).toBe(false);
  });
});

function healthCheck(port: number): () => Promise<string> {
  const Health = makeGenericClientConstructor(healthService, 'Health');
  const client = new Health(`127.0.0.1:${port}`, credentials.createInsecure());
  cleanUp.push(() => client.close());
  return () =>
    new Promise((resolve, reject) => {
      const check = client['check'] as (
        request: object,
        options: { deadline: number },
        done: (error: ServiceError | null, reply: { status: string }) => void,
      ) => void;
      check.call(client, { service: '' }, { deadline: Date.now() + 2_000 }, (error, reply) => {
        if (error) reject(error);
        else resolve(reply.status);
      });
    });
}
