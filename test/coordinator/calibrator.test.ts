import { pino } from 'pino';
import { afterEach, expect, it } from 'vitest';
import type { CoordinatorControl } from '../../proto/generated/isochron/v1/CoordinatorControl.ts';
import { createCalibrator, type Calibrator } from '../../coordinator/shell/calibrator.ts';
import {
  createWorkerRegistry,
  type WorkerSession,
} from '../../coordinator/shell/worker-session.ts';

const curve = [1, 2, 4].map((batch) => ({ batch, ms: 2 * batch }));
const model = { name: 'm', sha256: 'digest', maxBatch: 4, batchJitter: 1e-6, latencyCurve: curve };

let calibrator: Calibrator;
const times = { settled: 0 };

afterEach(() => calibrator.close());

interface Asked {
  readonly worker: string;
  readonly order: CoordinatorControl;
}

/** Workers that answer at once: twice as slow while both are asked. */
function cluster(idle: () => boolean = () => true) {
  const workers = createWorkerRegistry();
  const settled = (): void => void (times.settled += 1);
  calibrator = createCalibrator({ workers, idle, settled, log: pino({ level: 'silent' }) });
  const asked: Asked[] = [];
  let measuring = 0;
  const answer = (worker: string, order: CoordinatorControl): void => {
    asked.push({ worker, order });
    if (order.probe) {
      const heartbeat = {
        blocks: 0,
        jobs: 0,
        progressAgeMs: 0,
        number: 0,
        probe: order.probe.number ?? 0,
        ...{ busyMs: 0, callsByRows: [], callsByMs: [], callRows: 0, callMs: 0 },
      };
      calibrator.heard({ heartbeat });
    }
    if (!order.measure) return;
    const { number = 0 } = order.measure;
    measuring += 1;
    setImmediate(() => {
      const factor = measuring;
      setImmediate(() => {
        measuring -= 1;
        const latencyCurve = curve.map(({ batch, ms }) => ({ batch, ms: factor * ms }));
        calibrator.heard({ measured: { number, latencyCurve } });
      });
    });
  };
  const join = (id: string): WorkerSession => {
    const control = {
      write: async (orders: readonly CoordinatorControl[]) => {
        for (const order of orders) answer(id, order);
        return true;
      },
    };
    const session = { id, name: id, models: [model], control, data: {}, figures: new Map() };
    workers.add(session as unknown as WorkerSession);
    calibrator.joined();
    return session as unknown as WorkerSession;
  };
  return { asked, join };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

it('measures the round trip of a worker that is alone, and nothing else', async () => {
  const { asked, join } = cluster();
  const session = join('w1');
  await until(() => session.rttMs !== undefined);
  expect(session.rttMs).toBeLessThan(100);
  expect(asked.every(({ order }) => order.probe !== undefined)).toBe(true);
  expect(session.figures.size).toBe(0);
});

it('measures workers of one model each alone, then all of them together', async () => {
  const { asked, join } = cluster();
  const sessions = ['w1', 'w2'].map(join);
  await until(() => sessions.every(({ figures }) => figures.size > 0));
  for (const { figures } of sessions) {
    expect(figures.get('m')).toEqual({
      alone: curve,
      crowded: curve.map(({ batch, ms }) => ({ batch, ms: 2 * ms })),
      crowd: 2,
    });
  }
  const orders = asked.flatMap(({ order }) => order.measure ?? []);
  expect(orders).toHaveLength(4);
  expect(orders.map(({ alone }) => alone)).toEqual([true, true, false, false]);
  // a model whose rows depend on their batch is called with its greatest one
  expect(orders.every(({ batchMax }) => batchMax === 4)).toBe(true);
});

it('says while it measures, and when it no longer does', async () => {
  const { join } = cluster();
  const before = times.settled;
  expect(calibrator.busy()).toBe(false);
  const session = join('w1');
  expect(calibrator.busy()).toBe(true);
  await calibrator.calm();
  expect(calibrator.busy()).toBe(false);
  expect(session.rttMs).toBeDefined();
  expect(times.settled).toBe(before + 1);
});

it('waits for jobs to end and throws away what they disturbed', async () => {
  let running = true;
  const { asked, join } = cluster(() => !running);
  const session = join('w1');
  await new Promise((resolve) => setTimeout(resolve, 120));
  expect(asked).toEqual([]);
  running = false;
  calibrator.wake();
  await until(() => session.rttMs !== undefined);
});
