/**
 * Every bound in one place. A request, a message or a queue beyond its bound is refused with the
 * bound in the answer; nothing grows until the machine gives up. Units come last in a name.
 */

const KIB = 1024;
const MIB = 1024 * KIB;

export const limits = {
  /** Sampling steps of one job: ten times the longest published chain (DDPM-1000). */
  stepsMax: 10_000,
  /** Training steps of a schedule: its tables are computed and held whole. */
  trainStepsMax: 100_000,
  /** Samples of one job: their latents are allocated together on a worker. */
  samplesMax: 1_024,
  /** Scalars of one latent: 256 MiB in float32, above any published image or video latent. */
  latentElementsMax: 2 ** 26,
  /** Axes of a tensor: video with batch, channel and two guidance axes needs seven. */
  rankMax: 8,
  /** Rows in one call of a model: its activations must fit on the device. */
  batchMax: 1_024,
  /** Blocks of one job: the coordinator keeps one boundary of each. */
  blocksMax: 4_096,
  /** Freeze tolerance: above the divergence guard of 1e3 no test could ever fail. */
  toleranceMax: 1e3,
  /** Guidance weight: large enough for every published setting, small enough to stay finite. */
  guidanceMax: 1e3,
  /** Scalars of one whole trajectory, all samples: it travels as segments, each one tensor. */
  trajectoryElementsMax: 2 ** 26,
  /** Scalars of the rows that a block hands over to another worker: 64 MiB in float32. */
  handOverElementsMax: 2 ** 24,
  /** Rows of all samples in one round over a whole trajectory: their scalars are one message. */
  auditRowsMax: 2 ** 18,
  /** Bytes of all trajectories a coordinator holds: four of the largest; then callers wait. */
  trajectoriesHeldBytesMax: 2 ** 30,
  /** Seeds given as numbers: above this two neighbouring seeds would be the same number. */
  seedMax: Number.MAX_SAFE_INTEGER,
  /** Smallest signal level at which an epsilon model may be asked: x0 = (x - sg eps)/al. */
  epsilonSignalMin: 1e-3,

  /** A message on the control stream: a registration has tables of every model, never a latent. */
  controlMessageBytesMax: 4 * MIB,
  /** A message on the data stream: one part of a tensor with ample room for its header. */
  dataMessageBytesMax: 8 * MIB,
  /** What a worker may send unseen: half of a large latent, and memory of a busy coordinator. */
  receiveWindowBytes: 4 * MIB,
  /** Bytes of a tensor per message: small enough that a heartbeat never waits long behind it. */
  tensorPartBytes: MIB,
  /** Listeners on one job: each holds a queue of its own. */
  watchersPerJobMax: 128,
  /** Events kept for a slow listener before older progress is dropped. */
  watcherEventsMax: 64,
  /** A result or checkpoint below it is kept in the store itself: a file costs two fsyncs more. */
  inlineBlobBytesMax: 64 * KIB,
  /** Characters of an idempotency key: room for a UUID with a prefix. */
  idempotencyKeyMax: 128,
  /** Characters of a prompt: fifty times what the longest text encoder reads. */
  promptCharactersMax: 100_000,
  /** What is kept of jobs that have ended, unless the operator says otherwise. */
  retainDays: 7,
  retainJobs: 10_000,
  retainBytes: 10 * KIB * MIB,
  /** Ended jobs in one list: the newest, in a message well below what gRPC takes. */
  jobsListedMax: 1_000,
  /** Changes in one transaction of the job store. */
  storeBatchMax: 256,
  /** Residuals of rounds that a checkpoint takes along, bytes: beyond it the trace begins anew. */
  checkpointTraceBytesMax: 256 * KIB,
  /** Jobs accepted and not yet running: beyond it the caller is told to come back. */
  jobsQueuedMax: 10_000,
  /** ... of one client, so that nobody fills the queue for all others. */
  jobsQueuedPerClientMax: 5_000,
  /** What a client or tenant counts for in the queue: beyond 10 000 to 1 the lesser only waits. */
  weightMin: 0.01,
  weightMax: 100,
  /** Weights of clients, and those of tenants: no more than there may be tokens. */
  weightsMax: 1_000,
  /** Levels of priority, from 0. */
  priorityMax: 9,
  /** Rounds in a row without a late block: more than two gained nothing (docs/RELIABILITY.md). */
  lagMax: 8,
  /** Anderson differences per row: more than two never paid, each costs two latents per row. */
  andersonMemoryMax: 8,
  /** Values of the model that one step may use: its own and those of seven rows before. */
  ruleDepthMax: 8,
  /** Measured settings of a model: 16 windows of 10 grids, guided and not, of a few methods. */
  convergenceEntriesMax: 1_024,
  /** Noise levels at which a model's contraction was measured: a dozen tell all. */
  contractionLevelsMax: 256,
  /** Conditions that a worker keeps: a thousand text embeddings; the least recently used go. */
  conditionCacheBytesMax: 256 * MIB,
  /** Silence in an upload before it is given up: its memory is for those who send. */
  uploadSilenceMs: 30_000,
  /** Grids whose tables are kept for the next job that has the same: 1 MB each at most. */
  gridsKeptMax: 16,
  /** Bytes of a job's trace in memory: beyond it every other one of its older rounds goes. */
  traceBytesMax: MIB,
  /** Bytes of an estimate of the samples that a watcher is sent, ten times a second at most. */
  previewBytesMax: MIB,
  /** Bytes of an HTTP request's headers. */
  httpHeaderBytesMax: 8 * KIB,
  /** ... of a body with two prompts and no tensors. */
  httpImagesBodyBytesMax: MIB,
  /** ... of one that may have: conditions and a picture, base64. */
  httpTensorBodyBytesMax: 16 * MIB,
  /** Values in a JSON body, and how deep they nest: a schema takes 6 µs over a wrong one. */
  jsonValuesMax: 20_000,
  jsonDepthMax: 32,
  /** Connections to the HTTP port. */
  httpConnectionsMax: 512,
  /** Event streams of all callers together: each is a connection that stays. */
  httpStreamsMax: 256,
  /** From the connection to the last byte of a request's headers. */
  httpHeadersMs: 10_000,
  /** ... to the last byte of its body. */
  httpRequestMs: 60_000,
  /** Between two requests on one connection. */
  httpIdleMs: 5_000,
  /** What waits for a reader who takes nothing is given up after it. */
  httpStallMs: 60_000,
  /** Silence of an event stream, after which it says that it lives. */
  httpHeartbeatMs: 15_000,
  /** Names that the HTTP port may be called by beside loopback ones. */
  httpHostsMax: 64,
  /** Intervals of workers' activity that are kept: a minute of 100 workers with 10 a second. */
  activityIntervalsMax: 65_536,
  /** Orders without a reply yet, of which the activity knows since when. */
  activityOpenMax: 8_192,
  /** Age of the oldest activity that is shown. */
  activityMs: 60_000,
  /** Pictures of one request to the images endpoint. */
  imagesMax: 16,
  /** A certificate or result file: a few lines per input, never an array. */
  resultFileBytesMax: 4 * MIB,
  /** Between two looks at how late timers are, milliseconds. */
  loopDelayEveryMs: 100,
  /** Spans of the trace of a job; an exporter's queue has room for two such jobs. */
  spansPerJobMax: 1_024,
  /** Jobs that are traced at the same time: others run untraced. */
  tracedJobsMax: 1_024,
  /** A token, a private key or a list of tokens. */
  secretFileBytesMax: 4 * MIB,
  /** Tokens in one list: each is compared with at every call. */
  tokensMax: 1_000,
  /** Headers of one call, and metadata that it may carry; what gRPC itself recommends. */
  metadataBytesMax: 8 * KIB,
  /** Characters of a model, worker or tenant name: they appear in logs, labels and paths. */
  nameMax: 64,
} as const;

/** A RangeError that names the field, what was found and what was expected. */
export function outOfRange(field: string, found: unknown, expected: string): RangeError {
  return new RangeError(`${field}: found ${String(found)}, expected ${expected}`);
}

/** Demands an integer in [min, max]. */
export function requireInteger(field: string, found: number, min: number, max: number): void {
  if (Number.isInteger(found) && found >= min && found <= max) return;
  throw outOfRange(field, found, `an integer from ${min} to ${max}`);
}
