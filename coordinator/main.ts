/** The coordinator process: engine, client port, worker port. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { announceFailpoints } from '../shared/protocol/failpoints.ts';
import { limits } from '../shared/kernel/limits.ts';
import { countingService, loadPackage } from '../shared/protocol/loader.ts';
import { tuneHeap } from '../shared/protocol/heap.ts';
import { SamplerError } from '../shared/protocol/errors.ts';
import { LOOK_MS } from './core/stragglers.ts';
import { createActivity, type Activity } from './shell/activity.ts';
import { trustEveryone } from './shell/auth/authenticator.ts';
import { createCalibrator, crowdedCurves, type Calibrator } from './shell/calibrator.ts';
import { addClientServices } from './shell/client-services.ts';
import { defaultConvergence } from './shell/default-convergence.ts';
import { createEngine, type Engine, type SpotCheckOptions } from './shell/engine.ts';
import { fleetHandlers } from './shell/fleet-server.ts';
import { httpAddress, startHttpSite, type HttpOptions } from './shell/http/http-site.ts';
import { createJobDesk, type JobDesk } from './shell/job-desk.ts';
import { StoreError, type JobStore, type Retention } from './shell/job-store.ts';
import { createLedger, type Ledger } from './shell/ledger.ts';
import { bind, checkBind, createGrpcServer, parseAddress, type Address } from './shell/listen.ts';
import { createPipelineCalls, type PipelineCalls } from './shell/pipeline-calls.ts';
import { createPlanner } from './shell/planning.ts';
import { createSamplerService } from './shell/sampler-service.ts';
import { openSqliteStore } from './shell/sqlite-store.ts';
import { createTraffic, type Traffic } from './shell/traffic.ts';
import { widenWindows } from './shell/windows.ts';
import { createWorkerRegistry } from './shell/worker-session.ts';

/** Between two checkpoints of a running job: what a restart may cost it. */
const CHECKPOINT_MS = 1_000;

export interface CoordinatorOptions extends HttpOptions {
  /** HOST:PORT for clients; port 0 picks a free one. */
  readonly listen: string;
  /** HOST:PORT for workers. */
  readonly workerListen: string;
  /** Folder of the job store and `ports.json`; made if it is missing. */
  readonly dataDir: string;
  /** What is kept of jobs that have ended. */
  readonly retention?: Partial<Retention>;
  readonly checkpointMs?: number;
  readonly spotChecks?: SpotCheckOptions | undefined;
  readonly insecureBindAnything?: boolean;
  /** How long a worker may be silent before its blocks go to others. */
  readonly leaseMs?: number;
  readonly log: Logger;
}

export interface Ports {
  readonly client: number;
  readonly worker: number;
  /** Absent where there is none. */
  readonly http?: number;
}

export interface RunningCoordinator {
  readonly ports: Ports;
  /** Resolves once the workers that have joined so far are measured. */
  measured(): Promise<void>;
  close(): Promise<void>;
}

/** @throws SamplerError INVALID_REQUEST where an address or the folder cannot be used. */
export async function startCoordinator(options: CoordinatorOptions): Promise<RunningCoordinator> {
  tuneHeap();
  const { log, dataDir, insecureBindAnything: insecure = false } = options;
  const clientAddress = parseAddress('--listen', options.listen);
  const workerAddress = parseAddress('--worker-listen', options.workerListen);
  checkBind('--listen', clientAddress, insecure);
  checkBind('--worker-listen', workerAddress, insecure);
  const http = httpAddress(options, insecure);
  announceFailpoints(log);
  if (insecure) log.warn('listening without authentication beyond loopback');
  const store = await openStore(dataDir);
  // distinguishes this process from any earlier one that workers may still answer to
  const { epoch } = store;
  const ledger = ledgerOf(options, store);
  try {
    return await serve(options, ledger, { clientAddress, workerAddress, http, epoch });
  } catch (error) {
    await ledger.close();
    throw error;
  }
}

interface Serving {
  readonly clientAddress: Address;
  readonly workerAddress: Address;
  readonly http: Address | undefined;
  readonly epoch: number;
}

async function serve(
  options: CoordinatorOptions,
  ledger: Ledger,
  { clientAddress, workerAddress, http: httpAt, epoch }: Serving,
): Promise<RunningCoordinator> {
  const { log, dataDir } = options;
  const { store } = ledger;
  const traffic = createTraffic();
  const activity = createActivity();
  const { engine, desk, calibrator, pipelines } = await createCore(options, ledger, {
    epoch,
    traffic,
    activity,
  });
  await desk.restore();
  await ledger.sweep();

  const clients = createGrpcServer();
  const service = createSamplerService({ engine, desk, store, pipelines, activity });
  const authenticator = trustEveryone();
  const services = addClientServices(clients, { service, authenticator });

  const workers = createGrpcServer();
  widenWindows(workers);
  const fleet = countingService(loadPackage().Fleet.service, traffic.onBytes);
  workers.addService(fleet, {
    ...fleetHandlers({ engine, epoch, log, calibrator, pipelines, sizeOf: traffic.sizeOf }),
  });

  const clientPort = await bind('--listen', clients, clientAddress);
  const workerPort = await bind('--worker-listen', workers, workerAddress);
  const http = httpAt && (await startHttpSite({ service, authenticator, log }, options, httpAt));
  const ports: Ports = {
    client: clientPort.port,
    worker: workerPort.port,
    ...(http && { http: http.server.port }),
  };
  await writeFile(join(dataDir, 'ports.json'), `${JSON.stringify(ports)}\n`);
  const ticks = setInterval(() => engine.dispatch({ kind: 'tick' }), LOOK_MS);
  return {
    ports,
    measured: () => calibrator.calm(),
    close: async () => {
      clearInterval(ticks);
      calibrator.close();
      services.stopServing();
      http?.stopServing();
      // calls in flight are streams that last as long as the process: nobody waits for them
      clientPort.close();
      workerPort.close();
      await http?.server.close();
      await ledger.close();
    },
  };
}

interface Core {
  readonly engine: Engine;
  readonly desk: JobDesk;
  readonly calibrator: Calibrator;
  readonly pipelines: PipelineCalls;
}

async function createCore(
  { log, leaseMs, checkpointMs = CHECKPOINT_MS, spotChecks }: CoordinatorOptions,
  ledger: Ledger,
  { epoch, traffic, activity }: { epoch: number; traffic: Traffic; activity: Activity },
): Promise<Core> {
  const workers = createWorkerRegistry();
  const takesWork = (id: string) => engine.state().workers.get(id)?.draining === false;
  const pipelines = createPipelineCalls({ workers, takesWork });
  const planner = createPlanner({
    workers,
    takesBlocks: takesWork,
    defaults: await defaultConvergence(log),
  });
  const desk = createJobDesk({
    engine: () => engine,
    planner,
    pipelines,
    measuring: () => calibrator.busy(),
    ledger,
    log,
    busy: { untilMs: -Infinity },
  });
  const calibrator = createCalibrator({
    workers,
    log,
    settled: () => {
      // first, so that jobs which waited for it are dealt by it
      for (const measured of crowdedCurves(workers)) {
        engine.dispatch({ kind: 'workerMeasured', ...measured });
      }
      desk.resolveWaiting();
    },
    idle: () => [...engine.state().jobs.values()].every(({ phase }) => phase !== 'running'),
  });
  const engine: Engine = createEngine({
    epoch,
    leaseMs,
    workers,
    log,
    checkpointMs,
    spotChecks,
    activity,
    hooks: {
      resolve: (job, jobs) => desk.resolve(job, jobs),
      ended: (job) => {
        desk.ended(job);
        calibrator.wake();
      },
      checkpoint: (job, at) => desk.checkpoint(job, at),
      attribute: (message, job) => {
        const record = engine.records.get(job);
        if (record) traffic.attribute(message, record.bytes);
      },
    },
  });
  return { engine, desk, calibrator, pipelines };
}

async function openStore(dataDir: string): Promise<JobStore> {
  try {
    await mkdir(dataDir, { recursive: true });
    return await openSqliteStore({ folder: dataDir });
  } catch (error) {
    const { message } = error instanceof StoreError ? error : SamplerError.from(error);
    const what = error instanceof StoreError ? message : `cannot write to ${dataDir}: ${message}`;
    throw new SamplerError('INVALID_REQUEST', `--data: ${what}`);
  }
}

function ledgerOf({ retention, log }: CoordinatorOptions, store: JobStore): Ledger {
  const { retainDays: days, retainJobs: jobs, retainBytes: bytes } = limits;
  return createLedger({
    store,
    log,
    retention: { days, jobs, bytes, ...retention },
    // what is on disk nobody knows now: a new process reads it, this one must not go on
    fatal: (error) => {
      log.fatal({ error: error.message }, 'the job store failed, the coordinator ends');
      process.exit(1);
    },
  });
}
