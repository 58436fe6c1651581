/**
 * Every metric of the coordinator: its name, what it says, and what one watches it for. The names
 * are a contract with dashboards, alerts and autoscalers; docs/METRICS.md is made from this list.
 *
 * No label grows with jobs, clients, tenants or workers.
 */

export type MetricType = 'gauge' | 'counter' | 'histogram';

export interface MetricDefinition {
  readonly type: MetricType;
  readonly name: string;
  readonly help: string;
  /** The alert, panel or autoscaler that it is for. */
  readonly use: string;
  readonly labels: readonly string[];
  /** Upper bounds, of histograms. */
  readonly buckets: readonly number[];
}

interface Extra {
  readonly labels?: readonly string[];
  readonly buckets?: readonly number[];
}

function metric(
  type: MetricType,
  name: string,
  about: readonly [help: string, use: string],
  { labels = [], buckets = [] }: Extra = {},
): MetricDefinition {
  const [help, use] = about;
  return { type, name, help, use, labels, buckets };
}

/** 1/1024 of a second to 64 s, and to a day for what takes as long as a job. */
const seconds = powers(-10, 6);
const jobSeconds = [...powers(-6, 10, 2), 3_600, 14_400, 86_400];

function powers(from: number, to: number, by = 1): number[] {
  return Array.from({ length: (to - from) / by + 1 }, (_, k) => 2 ** (from + k * by));
}

/** As the counts of heartbeats have them (`worker/core/call-meter.ts`). */
const callRows = powers(0, 12);
const callSeconds = Array.from({ length: 20 }, (_, k) => 2 ** k / 4_000);

/** Jobs and the queue. */
const jobs = {
  jobsWaiting: metric('gauge', 'isochron_jobs_waiting', [
    'Jobs that have not started.',
    'autoscaling, panel of the queue, alert on a queue that does not shrink',
  ]),
  jobsRunning: metric('gauge', 'isochron_jobs_running', [
    'Jobs of clients that have started and not ended.',
    'autoscaling, panel of the queue',
  ]),
  jobs: metric(
    'gauge',
    'isochron_jobs',
    ['Jobs that have not ended, by state: waiting, running.', 'panel of the queue'],
    { labels: ['state'] },
  ),
  jobsTotal: metric(
    'counter',
    'isochron_jobs_total',
    [
      'Jobs of clients by what happened to them: submitted, done, failed, cancelled.',
      'panel of throughput, alert on failed jobs',
    ],
    { labels: ['state'] },
  ),
  blocksPending: metric('gauge', 'isochron_blocks_pending', [
    'Live blocks of running jobs that no worker has.',
    'autoscaling: with isochron_jobs_waiting, work that more workers would do',
  ]),
  blocksRunning: metric('gauge', 'isochron_blocks_running', [
    'Live blocks that a worker has.',
    'autoscaling: workers that have work; panel of the load',
  ]),
  submitsRefused: metric(
    'counter',
    'isochron_submits_refused_total',
    ['Submissions that were refused, by error code.', 'alert on STORE_FULL and OVERLOADED'],
    { labels: ['code'] },
  ),
  submitSeconds: metric(
    'histogram',
    'isochron_submit_seconds',
    ['From a submission to the job on disk.', 'panel of latencies, alert on a slow disk'],
    { buckets: seconds },
  ),
  queueSeconds: metric(
    'histogram',
    'isochron_job_queue_seconds',
    ['From a submission to the start of the job.', 'panel and alert of waiting times'],
    { buckets: jobSeconds },
  ),
  jobSeconds: metric(
    'histogram',
    'isochron_job_seconds',
    ['From the start of a job of a client to its end, by how it ended.', 'panel of latencies'],
    { labels: ['state'], buckets: jobSeconds },
  ),
} as const;

/** What the samplers did. */
const work = {
  rounds: metric('counter', 'isochron_rounds_total', [
    'Rounds of all jobs; samples that run apart from each other have rounds of their own.',
    'panel of work',
  ]),
  roundSeconds: metric(
    'histogram',
    'isochron_round_seconds',
    ['Between the ends of two rounds of a job.', 'panel of latencies'],
    { buckets: seconds },
  ),
  roundRestarts: metric('counter', 'isochron_round_restarts_total', [
    'Times that rounds of a job began again with a stricter rule.',
    'panel of work: many of them say that tolerances are too large for the model',
  ]),
  modelCalls: metric('counter', 'isochron_model_calls_total', [
    'Evaluations of a row of a sample that workers reported, stale ones included.',
    'panel of work',
  ]),
  forwardPasses: metric('counter', 'isochron_forward_passes_total', [
    'Model rows of these: a guided evaluation takes two.',
    'panel of work',
  ]),
  modelSeconds: metric('counter', 'isochron_model_seconds_total', [
    'Time inside the model for jobs, all workers together.',
    'panel of where the time goes',
  ]),
  modelQueueSeconds: metric('counter', 'isochron_model_queue_seconds_total', [
    'Time that blocks waited for a model while other jobs had it.',
    'panel of where the time goes',
  ]),
  scanSeconds: metric('counter', 'isochron_scan_seconds_total', [
    'Time of vector work on workers.',
    'panel of where the time goes',
  ]),
  coordinatorSeconds: metric('counter', 'isochron_coordinator_seconds_total', [
    'Time that this process spent on replies of workers.',
    'alert on a coordinator that is the bottleneck',
  ]),
  callRows: metric(
    'histogram',
    'isochron_model_call_rows',
    ['Model rows of a call: its batch size.', 'panel of batch sizes'],
    { buckets: callRows },
  ),
  callSeconds: metric(
    'histogram',
    'isochron_model_call_seconds',
    ['Model calls by what they took on the worker.', 'panel of latencies'],
    { buckets: callSeconds },
  ),
  staleReplies: metric('counter', 'isochron_stale_replies_total', [
    'Replies of workers that came too late or twice, and were dropped.',
    'alert on workers that are slow or cut off',
  ]),
  blocksFailed: metric(
    'counter',
    'isochron_blocks_failed_total',
    ['Blocks that a worker gave up, by error code.', 'alert on broken models and full memory'],
    { labels: ['code'] },
  ),
} as const;

/** The workers, and what travels. */
const fleet = {
  workers: metric(
    'gauge',
    'isochron_workers',
    [
      'Workers by state: connecting, ready, draining, quarantined.',
      'panel of the fleet, alert on none that is ready',
    ],
    { labels: ['state'] },
  ),
  busyRatio: metric('gauge', 'isochron_worker_busy_ratio', [
    'Share of the last ten seconds or so in which models computed, mean over the workers; ' +
      '0 without workers.',
    'autoscaling, panel of the load',
  ]),
  progressAge: metric('gauge', 'isochron_worker_progress_age_seconds', [
    'Longest time for which the model of a worker has shown no progress.',
    'alert on a model call that hangs',
  ]),
  workersLost: metric('counter', 'isochron_workers_lost_total', [
    'Workers that left or fell silent without draining.',
    'alert on workers that die',
  ]),
  quarantines: metric('counter', 'isochron_worker_quarantines_total', [
    'Times that a worker was put out for wrong or damaged numbers.',
    'alert: its machine needs somebody',
  ]),
  workerBytes: metric(
    'counter',
    'isochron_worker_bytes_total',
    ['Bytes of messages between coordinator and workers, by direction.', 'panel of traffic'],
    { labels: ['direction'] },
  ),
} as const;

/** What the coordinator holds and writes. */
const held = {
  watchers: metric('gauge', 'isochron_watchers', [
    'Clients that follow a job.',
    'panel of the coordinator',
  ]),
  latents: metric('gauge', 'isochron_latents', [
    'Latents that running jobs hold here.',
    'panel of memory',
  ]),
  trajectoryBytes: metric('gauge', 'isochron_trajectory_bytes', [
    'Bytes of trajectories that are held for jobs.',
    'panel of memory',
  ]),
  checkpoints: metric('counter', 'isochron_checkpoints_total', [
    'Checkpoints of jobs on disk.',
    'panel of the store',
  ]),
  commitSeconds: metric(
    'histogram',
    'isochron_store_commit_seconds',
    ['Transactions of the job store, up to the disk.', 'alert on a slow disk'],
    { buckets: seconds },
  ),
  storeFailures: metric(
    'counter',
    'isochron_store_failures_total',
    ['Writes that the job store refused: full, failed, damaged.', 'alert on a full disk'],
    { labels: ['failure'] },
  ),
} as const;

/** This process. */
const own = {
  loopDelay: metric(
    'histogram',
    'isochron_event_loop_delay_seconds',
    ['By how much a timer of 100 ms was late.', 'alert on a coordinator that stalls'],
    { buckets: seconds },
  ),
  buildInfo: metric(
    'gauge',
    'isochron_build_info',
    ['1, with the version, its protocol and the Node that runs it.', 'panel of versions'],
    { labels: ['version', 'protocol', 'node'] },
  ),
  cpuSeconds: metric('counter', 'process_cpu_seconds_total', [
    'CPU time of the process.',
    'panel of the coordinator',
  ]),
  residentBytes: metric('gauge', 'process_resident_memory_bytes', [
    'Memory of the process.',
    'panel of memory, alert on growth',
  ]),
  startSeconds: metric('gauge', 'process_start_time_seconds', [
    'When the process started, seconds since 1970.',
    'alert on restarts',
  ]),
  heapBytes: metric('gauge', 'nodejs_heap_size_used_bytes', [
    'JavaScript heap in use.',
    'panel of memory',
  ]),
  externalBytes: metric('gauge', 'nodejs_external_memory_bytes', [
    'Memory of buffers and latents, outside of the heap.',
    'panel of memory',
  ]),
} as const;

export const definitions = { ...jobs, ...work, ...fleet, ...held, ...own } as const;

export type MetricKey = keyof typeof definitions;
