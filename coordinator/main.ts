/** The coordinator process: engine, client port, worker port. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { RereadFile } from '../shared/protocol/access/reread-file.ts';
import type { MutualTlsFiles, TlsFiles } from '../shared/protocol/access/tls-files.ts';
import { announceFailpoints } from '../shared/protocol/failpoints.ts';
import { limits } from '../shared/kernel/limits.ts';
import { countingService, loadPackage } from '../shared/protocol/loader.ts';
import { tuneHeap } from '../shared/protocol/heap.ts';
import { SamplerError } from '../shared/protocol/errors.ts';
import { LOOK_MS } from './core/stragglers.ts';
import { createActivity, type Activity } from './shell/activity.ts';
import { followFile } from './shell/auth/follow-file.ts';
import { gate } from './shell/auth/gate.ts';
import type { TokenList } from './shell/auth/tokens.ts';
import { createCalibrator, crowdedCurves, type Calibrator } from './shell/calibrator.ts';
import { addClientServices } from './shell/client-services.ts';
import { defaultConvergence } from './shell/default-convergence.ts';
import { checkDoors, openDoors } from './shell/doors.ts';
import { createEngine, type Engine, type SpotCheckOptions } from './shell/engine.ts';
import { fleetHandlers } from './shell/fleet-server.ts';
import { startHttpSite, type HttpOptions } from './shell/http/http-site.ts';
import { createJobDesk, type JobDesk } from './shell/job-desk.ts';
import { StoreError, type JobStore, type Retention } from './shell/job-store.ts';
import { createLedger, type Ledger } from './shell/ledger.ts';
import { bind, createGrpcServer } from './shell/listen.ts';
import { privateFolder } from './shell/private-folder.ts';
import { createPipelineCalls, type PipelineCalls } from './shell/pipeline-calls.ts';
import type { Metrics } from './shell/metrics/metrics.ts';
import { createObservability, type Observability } from './shell/observability.ts';
import { createPlanner } from './shell/planning.ts';
import { createSamplerService } from './shell/sampler-service.ts';
import { openSqliteStore } from './shell/sqlite-store.ts';
import { createTraffic, type Traffic } from './shell/traffic.ts';
import { weightsOfShares } from './shell/weights.ts';
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
  /** List of hashed tokens; default `tokens.json` in the data folder. */
  readonly tokensFile?: string | undefined;
  /** Of clients of the default tenant that count for more, or less, than 1 in the queue. */
  readonly clientWeights?: ReadonlyMap<string, number> | undefined;
  /** What is kept of jobs that have ended. */
  readonly retention?: Partial<Retention>;
  readonly checkpointMs?: number;
  readonly spotChecks?: SpotCheckOptions | undefined;
  /** Of the client port; the authority is for programs on this machine. */
  readonly tls?: TlsFiles | undefined;
  /** Of the worker port: workers show certificates of its authority. */
  readonly workerTls?: MutualTlsFiles | undefined;
  /** Beyond loopback without TLS, and whoever gets there is let in. */
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
  readonly metrics: Pick<Metrics, 'text' | 'contentType'>;
  /** Resolves once the workers that have joined so far are measured. */
  measured(): Promise<void>;
  close(): Promise<void>;
}

/** @throws SamplerError INVALID_REQUEST where an address or the folder cannot be used. */
export async function startCoordinator(options: CoordinatorOptions): Promise<RunningCoordinator> {
  tuneHeap();
  const { log, dataDir } = options;
  checkDoors(options);
  announceFailpoints(log);
  const opened = await openStore(dataDir);
  const observability = await createObservability(process.env, log);
  const store = observability.metrics.timed(opened);
  const watched = { ...options, log: observability.log };
  const ledger = observability.ledger(ledgerOf(watched, store));
  try {
    return await serve(watched, ledger, observability);
  } catch (error) {
    await ledger.close();
    await observability.close();
    throw error;
  }
}

async function serve(
  options: CoordinatorOptions,
  ledger: Ledger,
  observability: Observability,
): Promise<RunningCoordinator> {
  const { log, dataDir } = options;
  const { store } = ledger;
  const { metrics } = observability;
  const [traffic, activity] = [createTraffic(), createActivity()];
  // distinguishes this process from any earlier one that workers may still answer to
  const { epoch } = store;
  const watching = { epoch, traffic, activity, observability };
  const { engine, desk, calibrator, pipelines } = await createCore(options, ledger, watching);
  await desk.restore();
  await ledger.sweep();

  const doors = openDoors(options);
  const { insecure, clients: clientDoor } = doors;
  const unfollow = followWeights(engine, clientDoor.tokens, options.clientWeights);
  const clients = createGrpcServer([gate(clientDoor.authenticator, log)]);
  const service = createSamplerService({ engine, desk, store, pipelines, activity, insecure });
  const services = addClientServices(clients, { service, log, ...clientDoor });

  const workers = createGrpcServer();
  widenWindows(workers);
  const fleet = countingService(loadPackage().Fleet.service, (...sent) => {
    traffic.onBytes(...sent);
    metrics.onBytes(...sent);
  });
  workers.addService(fleet, {
    ...fleetHandlers({
      ...{ engine, epoch, log, calibrator, pipelines, sizeOf: traffic.sizeOf },
      heard: metrics.heard,
      ...doors.workers,
    }),
  });

  const clientPort = await bind(clients, clientDoor);
  const workerPort = await bind(workers, doors.workers);
  const site = { service, metrics, log, dashboardDir: options.dashboardDir };
  const http = doors.http && (await startHttpSite(site, doors.http));
  const ports: Ports = {
    client: clientPort.port,
    worker: workerPort.port,
    ...(http && { http: http.server.port }),
  };
  await writeFile(join(dataDir, 'ports.json'), `${JSON.stringify(ports)}\n`);
  const hush = doors.announce(ports);
  const ticks = setInterval(() => engine.dispatch({ kind: 'tick' }), LOOK_MS);
  const stop = async (): Promise<void> => {
    hush();
    unfollow();
    clearInterval(ticks);
    engine.close();
    calibrator.close();
    services.stopServing();
    http?.stopServing();
    // calls in flight are streams that last as long as the process: nobody waits for them
    clientPort.close();
    workerPort.close();
    await http?.server.close();
    await ledger.close();
    await observability.close();
  };
  return { ports, measured: () => calibrator.calm(), metrics, close: stop };
}

/** Those of tenants are in the list of tokens, and take effect when it changes. */
function followWeights(
  engine: Engine,
  list: RereadFile<TokenList>,
  clients: ReadonlyMap<string, number> = new Map(),
): () => void {
  const apply = ({ weights: tenants }: TokenList): void =>
    engine.dispatch({
      kind: 'weightsChanged',
      weights: weightsOfShares({ clients, tenants }),
    });
  apply(list.get());
  return followFile(list, apply);
}

interface Core {
  readonly engine: Engine;
  readonly desk: JobDesk;
  readonly calibrator: Calibrator;
  readonly pipelines: PipelineCalls;
}

interface Looking {
  readonly epoch: number;
  readonly traffic: Traffic;
  readonly activity: Activity;
  readonly observability: Observability;
}

async function createCore(
  { log, leaseMs, checkpointMs = CHECKPOINT_MS, spotChecks }: CoordinatorOptions,
  ledger: Ledger,
  { epoch, traffic, activity, observability }: Looking,
): Promise<Core> {
  const workers = createWorkerRegistry();
  const takesWork = (id: string) => engine.state().workers.get(id)?.draining === false;
  const pipelines = createPipelineCalls({ workers, takesWork });
  const planner = createPlanner({
    workers,
    takesBlocks: takesWork,
    defaults: await defaultConvergence(log),
  });
  const plain = createJobDesk({
    engine: () => engine,
    planner,
    pipelines,
    measuring: () => calibrator.busy(),
    ledger,
    log,
    busy: { untilMs: -Infinity },
  });
  const desk = observability.desk(plain);
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
    observers: observability.observers,
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
  observability.watch({ engine, desk });
  return { engine, desk, calibrator, pipelines };
}

async function openStore(dataDir: string): Promise<JobStore> {
  try {
    await privateFolder(dataDir);
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
