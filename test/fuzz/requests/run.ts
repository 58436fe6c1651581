/** Malformed requests against a coordinator process, and whether it minded. */
import { setTimeout as sleep } from 'node:timers/promises';
import { drawsOf, type Draws } from '../draws.ts';
import type { Inside } from '../coordinator/main.ts';
import { attackClasses, type AttackClass } from './attacks.ts';
import { callsOf } from './descriptors.ts';
import { startFuzzCluster, type FuzzCluster } from './fuzz-cluster.ts';
import { httpPool } from './http-transport.ts';
import type { Known } from './messages.ts';
import type { Scene } from './scene.ts';
import { createTally, type Finding, type Tally } from './tally.ts';
import { connections, exchange, framed, type Outcome } from './transport.ts';
import { encode, type Message } from './wire.ts';

export interface FuzzOptions {
  readonly n: number;
  readonly seed: number;
  readonly ports: readonly Scene['port'][];
  /** Only this case. */
  readonly only?: number | undefined;
  /** After it no case begins. */
  readonly seconds?: number | undefined;
  readonly say: (line: string) => void;
}

export interface Latencies {
  readonly port: string;
  readonly requests: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

export interface FuzzReport {
  readonly cases: Readonly<Record<string, number>>;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly findings: readonly Finding[];
  readonly probe: {
    /** Of gRPC and of HTTP, one after the other. */
    readonly ports: readonly Latencies[];
    readonly jobs: number;
    readonly jobMaxMs: number;
    readonly ownDelayMs: number;
  };
  readonly memory: readonly (Inside & { readonly at: string })[];
  readonly seconds: number;
}

/** Cases at once: enough that their waiting costs nothing. */
const SIDE_BY_SIDE = 48;
const CONNECTIONS = 6;
/** Of a case with all its calls. */
const CASE_MS = 20_000;
const neverEnded: Outcome = {
  kind: 'NO ANSWER',
  text: 'the case never ended',
  body: Buffer.alloc(0),
};
const JOBS_KNOWN = 100;
/** One in so many cases comes without a token, or with a wrong one. */
const UNAUTHENTICATED = 20;
const LATENCY_MAX_MS = 1_000;
/** What memory may differ by between the middle and the end, when nothing leaks. */
const GROWTH_BYTES_MAX = 24 * 2 ** 20;
/** ... and of all that the process has, which its allocator gives back as it likes. */
const RSS_GROWTH_BYTES_MAX = 64 * 2 ** 20;
/** Connections of the probe, which may not have been there before. */
const OWN_DESCRIPTORS = 2;
const SETTLE_MS = 15_000;

const [submitCall, cancelCall] = ['Submit', 'Cancel'].map((wanted) => {
  const call = callsOf('Sampler').find(({ name }) => name === wanted);
  if (!call) throw new Error(`call: found no ${wanted} in the protos`);
  return call;
}) as [ReturnType<typeof callsOf>[number], ReturnType<typeof callsOf>[number]];

export async function fuzzRequests(options: FuzzOptions): Promise<FuzzReport> {
  const cluster = await startFuzzCluster();
  try {
    return await attacked(cluster, options);
  } finally {
    await cluster.close();
  }
}

async function attacked(cluster: FuzzCluster, options: FuzzOptions): Promise<FuzzReport> {
  const { n, only, say, seconds: most = Infinity } = options;
  const tally = createTally(say);
  const arena = await createArena(cluster, tally);
  const memory: (Inside & { at: string })[] = [];
  const measure = async (at: string) => {
    if (cluster.ended() === undefined) memory.push({ at, ...(await cluster.inside()) });
  };
  await measure('before');
  const started = performance.now();
  const [first, last] = only === undefined ? [0, n] : [only, only + 1];
  const marks = new Map(
    [0.02, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9].map((share) => [
      Math.floor(share * n),
      share,
    ]),
  );
  let next = first;
  const worker = async (): Promise<void> => {
    const inTime = () => performance.now() - started < 1_000 * most;
    while (next < last && cluster.ended() === undefined && inTime()) {
      const k = next++;
      const share = only === undefined ? marks.get(k) : undefined;
      if (share !== undefined) {
        await measure(`${Math.round(100 * share)} %`);
        say(`${k} cases in ${Math.round((performance.now() - started) / 1000)} s`);
      }
      await oneCase(arena, options, k);
    }
  };
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, worker));
  const seconds = (performance.now() - started) / 1000;
  return finished(cluster, { tally, arena, memory, measure, seconds });
}

interface Arena {
  readonly scenes: Readonly<Record<Scene['port'], (stranger: boolean) => Scene>>;
  readonly tally: Tally;
  /** Ends what cases have started. */
  close(): Promise<void>;
}

async function createArena(cluster: FuzzCluster, tally: Tally): Promise<Arena> {
  const { ports, credentials } = cluster;
  const known: Known = { model: await wireModel(cluster), jobs: [], workers: [], epoch: 1 };
  const pools = {
    client: connections(ports.client, CONNECTIONS),
    worker: connections(ports.worker, CONNECTIONS),
    // where a connection is ended for one call of it, its others end too
    honest: connections(ports.client, 1),
  };
  const http = httpPool(ports.http);
  const headersOf = (port: Scene['port'], stranger: boolean): Record<string, string> => {
    const authorization = stranger ? 'Bearer nobody' : credentials.authorization[port];
    return authorization === undefined ? {} : { authorization };
  };
  const unary = (path: string, bytes: Buffer) => {
    const headers = headersOf('client', false);
    return pools.honest.call({ path, pieces: [framed(bytes)], ends: true, headers });
  };
  const cancel = (job: string) => unary(cancelCall.path, encode('JobRequest', { job }));
  const open = new Set<string>();
  const accepted = async (job: string): Promise<void> => {
    known.jobs.push(job);
    if (known.jobs.length > JOBS_KNOWN) known.jobs.shift();
    open.add(job);
    const { kind, text } = await cancel(job);
    open.delete(job);
    if (kind !== 'OK' && kind !== 'NOT_FOUND') tally.find(`Cancel: ${kind}: ${text}`, job);
  };
  const submit = async (request: Message): Promise<Outcome> => {
    const outcome = await unary(submitCall.path, encode('SubmitRequest', request));
    if (outcome.kind !== 'OK') return outcome;
    const { job } = submitCall.decode(outcome.body.subarray(5)) as { job: string };
    await sleep(100);
    await accepted(job);
    return outcome;
  };
  const scene =
    (port: Scene['port']) =>
    (stranger: boolean): Scene => {
      const own = headersOf(port, stranger);
      const pool = port === 'worker' ? pools.worker : pools.client;
      return {
        port,
        known,
        authorization: own['authorization'],
        http: (asked) => http.ask({ ...asked, headers: { ...own, ...asked.headers } }),
        call: (call) => pool.call({ ...call, headers: { ...own, ...call.headers } }),
        exchange: (asked) => exchange(ports[port], asked),
        submit,
        accepted,
      };
    };
  return {
    tally,
    scenes: { client: scene('client'), worker: scene('worker'), http: scene('http') },
    async close() {
      await Promise.all([...open].map(cancel));
      Object.values(pools).forEach((pool) => pool.close());
      http.close();
    },
  };
}

/** As the coordinator sends it: the client library makes another form of it. */
async function wireModel({ ports, credentials }: FuzzCluster): Promise<Message> {
  const pool = connections(ports.client, 1);
  const list = callsOf('Sampler').find(({ name }) => name === 'ListModels');
  const authorization = credentials.authorization.client;
  const headers = authorization === undefined ? {} : { authorization };
  const path = list?.path ?? '';
  const { body } = await pool.call({
    path,
    pieces: [framed(Buffer.alloc(0))],
    ends: true,
    headers,
  });
  pool.close();
  const reply = list?.decode(body.subarray(5)) as { models: { model: Message }[] };
  const found = reply.models.find(({ model }) => model['name'] === 'mixture6');
  if (!found) throw new Error('the honest worker has no mixture6');
  return found.model;
}

async function oneCase(arena: Arena, { seed, ports }: FuzzOptions, k: number): Promise<void> {
  const draws = drawsOf(seed, k);
  const port = draws.pick(ports);
  const { name, attack } = weighted(attackClasses[port], draws);
  const scene = arena.scenes[port](draws.below(UNAUTHENTICATED) === 0);
  const replay = `npm run fuzz -- --seed ${seed} --case ${k}`;
  try {
    const late = sleep(CASE_MS, undefined, { ref: false }).then(() => neverEnded);
    arena.tally.count(`${port}: ${name}`, await Promise.race([attack(draws, scene), late]), replay);
  } catch (error) {
    arena.tally.find(`the fuzzer: ${String(error)}`, replay);
  }
}

function weighted(classes: readonly AttackClass[], draws: Draws): AttackClass {
  let left = draws.below(classes.reduce((sum, { weight }) => sum + weight, 0));
  const found = classes.find(({ weight }) => (left -= weight) < 0);
  if (!found) throw new Error('weights do not add up');
  return found;
}

interface Ending {
  readonly tally: Tally;
  readonly arena: Arena;
  readonly memory: (Inside & { readonly at: string })[];
  readonly measure: (at: string) => Promise<void>;
  readonly seconds: number;
}

async function finished(cluster: FuzzCluster, ending: Ending): Promise<FuzzReport> {
  const { tally, arena, memory, measure, seconds } = ending;
  const judge = (wrong: boolean, what: string): void => {
    if (wrong) tally.find(what, 'the whole run');
  };
  const end = cluster.ended();
  judge(end !== undefined, `the coordinator ended: ${end}`);
  await arena.close();
  if (end === undefined) await settled(cluster, memory[0]?.descriptors ?? 0, judge);
  await measure('after');
  judge(cluster.said.length > 0, `standard error: ${cluster.said.slice(0, 20).join('\n')}`);
  const { latenciesMs, httpMs, jobsMs, failures, ownDelayMs } = await cluster.probe();
  const probed = [latenciesOf('client', latenciesMs), latenciesOf('http', httpMs)];
  for (const one of probed) judgeLatencies(one, memory.at(-1), { ownDelayMs, judge });
  for (const failure of failures.slice(0, 5)) judge(true, `the probe: ${failure}`);
  judgeMemory(memory, judge);
  return {
    cases: Object.fromEntries(tally.cases),
    outcomes: Object.fromEntries(tally.outcomes),
    findings: tally.findings(),
    probe: {
      ports: probed,
      jobs: jobsMs.length,
      jobMaxMs: Math.max(0, ...jobsMs),
      ownDelayMs,
    },
    memory,
    seconds,
  };
}

function latenciesOf(port: string, ms: readonly number[]): Latencies {
  const sorted = [...ms].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))] ?? NaN;
  return { port, requests: ms.length, p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1) };
}

/** What the machine does to the probe and to the coordinator is no fault of either. */
function judgeLatencies(
  { port, maxMs }: Latencies,
  inside: Inside | undefined,
  { ownDelayMs, judge }: { readonly ownDelayMs: number; readonly judge: Judge },
): void {
  const { lateMs = 0, turnMs = 0 } = inside ?? {};
  const most = LATENCY_MAX_MS + Math.max(0, lateMs - turnMs) + ownDelayMs;
  judge(maxMs > most, `a request of the probe (${port}) took ${Math.round(maxMs)} ms`);
}

type Judge = (wrong: boolean, what: string) => void;

/** From the middle on, when tables and caches are filled. */
function judgeMemory(memory: Ending['memory'], judge: Judge): void {
  const warm = memory.find(({ at }) => at === '50 %') ?? memory.find(({ at }) => at === '10 %');
  const last = memory.at(-1);
  if (!warm || !last) return;
  judge(last.turnMs > LATENCY_MAX_MS, `the loop was held for ${Math.round(last.turnMs)} ms`);
  const grown = last.heapBytes - warm.heapBytes;
  judge(grown > GROWTH_BYTES_MAX, `the heap grew by ${Math.round(grown / 2 ** 20)} MiB`);
  const more = last.rssBytes - warm.rssBytes;
  judge(more > RSS_GROWTH_BYTES_MAX, `the process grew by ${Math.round(more / 2 ** 20)} MiB`);
}

/** Counters and descriptors come back to what they were. */
async function settled(cluster: FuzzCluster, descriptors: number, judge: Judge): Promise<void> {
  const deadline = performance.now() + SETTLE_MS;
  let left: string;
  do {
    await sleep(200);
    const load = await cluster.client.load();
    const { waiting, blocks, latents, watchers, trajectoryBytes } = load;
    const workers = (await cluster.client.workers()).filter(({ state }) => state !== 'quarantined');
    const open = (await cluster.inside()).descriptors - descriptors - OWN_DESCRIPTORS;
    const held = { waiting, blocks, latents, watchers, trajectoryBytes, open };
    const more = { ...held, workers: workers.length - 1 };
    const over = Object.entries(more).filter(([, count]) => count > 0);
    left = over.map(([name, count]) => `${count} ${name}`).join(', ');
  } while (left !== '' && performance.now() < deadline);
  judge(left !== '', `left over: ${left}`);
}
