/**
 * The control stream: registration, heartbeats, drain. Dials again for ever, since a worker that
 * outlives its coordinator is there when the next one starts.
 */
import { setTimeout as sleep } from 'node:timers/promises';

import type { StatusObject } from '@grpc/grpc-js';
import type { Logger } from 'pino';

import type { FleetClient, FleetDefinition } from '../../proto/generated/isochron/v1/Fleet.ts';
import type { Measure__Output } from '../../proto/generated/isochron/v1/Measure.ts';
import type { Register } from '../../proto/generated/isochron/v1/Register.ts';
import type { Registered__Output } from '../../proto/generated/isochron/v1/Registered.ts';
import type { LatencyCurve } from '../../shared/protocol/model-description.ts';
import type { CallCounts } from '../core/call-meter.ts';
import { createLease } from '../core/lease.ts';
import type { Lease } from '../core/lease.ts';

const heartbeatMs = 1_000;
/** Least heartbeats of a lease. */
const heartbeatsOfLease = 5;
/** A coordinator that accepts the connection and says nothing is dialled anew after this. */
const registrationMs = 10_000;
const backoffMs = { first: 100, factor: 1.6, most: 2_000 } as const;
/** How long a farewell may take. */
const farewellMs = 1_000;

export interface ControlOptions {
  readonly client: FleetClient;
  /** For texts: where the client dials. */
  readonly coordinator: string;
  readonly register: Register;
  readonly log: Logger;
  /** Milliseconds since the model thread last showed progress. */
  readonly progressMs: () => number;
  /** Blocks held, and jobs open. */
  readonly holds: () => { readonly blocks: number; readonly jobs: number };
  /** What the models did since this was last asked. */
  readonly takeCounts: () => CallCounts;
  readonly onRegistered: (registered: Registered__Output) => void;
  /** The registration is over; a new one starts clean. Called once per `onRegistered`. */
  readonly onLost: () => void;
  readonly onDrainOrder: () => void;
  /** Why dialling is hopeless. */
  readonly refusal?: () => string | undefined;
  /** It dials no more. */
  readonly onRefused?: (why: string) => void;
  /** Times calls of a model; rejects where it cannot be run. */
  readonly measure: (order: MeasureOrder) => Promise<LatencyCurve>;
}

export interface MeasureOrder {
  readonly model: string;
  readonly batchMax: number;
  readonly budgetMs: number;
  /** No other worker is asked meanwhile. */
  readonly alone: boolean;
}

export interface ControlClient {
  readonly registered: boolean;
  /** No new blocks from now on; also said to every later coordinator. */
  drain(): void;
  /** Says now that this worker lives. */
  beat(): void;
  /** Ends this registration; the next one follows. */
  drop(reason: string): void;
  /** Says goodbye and dials no more. */
  close(): Promise<void>;
}

type Stream = ReturnType<FleetClient['control']>;
type Received = ReturnType<FleetDefinition['Control']['responseDeserialize']>;

interface State {
  readonly options: ControlOptions;
  readonly closing: AbortController;
  stream: Stream | undefined;
  lease: Lease;
  /** The last registration: EPOCH/ID. */
  worker: string;
  registered: boolean;
  draining: boolean;
  /** What was last said about the way to the coordinator, so that it is said once. */
  trouble: string | undefined;
}

export function createControlClient(options: ControlOptions): ControlClient {
  const closing = new AbortController();
  const fresh = { stream: undefined, registered: false, draining: false, trouble: undefined };
  const state: State = { options, closing, lease: createLease(0), worker: '', ...fresh };
  const running = run(state);
  return {
    get registered() {
      return state.registered;
    },
    drain: () => {
      if (state.draining) return;
      state.draining = true;
      if (state.registered) state.stream?.write({ draining: {} });
    },
    beat: () => {
      if (state.registered && state.stream) beat(state, state.stream, 0);
    },
    drop: (reason) => giveUp(state, reason),
    close: async () => {
      closing.abort();
      // Ended, not cancelled, where somebody listens: what was written still arrives.
      if (state.registered) state.stream?.end();
      else state.stream?.cancel();
      const timer = setTimeout(() => state.stream?.cancel(), farewellMs);
      await running;
      clearTimeout(timer);
    },
  };
}

function giveUp({ options, stream }: State, reason: string): void {
  options.log.warn({ reason }, 'registration given up');
  stream?.cancel();
}

async function run(state: State): Promise<void> {
  const { signal } = state.closing;
  let waitMs: number = backoffMs.first;
  while (!signal.aborted) {
    const { wasRegistered, status } = await serve(state);
    if (wasRegistered) waitMs = backoffMs.first;
    if (signal.aborted) return;
    complain(state, status, wasRegistered);
    const refused = state.options.refusal?.();
    if (refused !== undefined) return state.options.onRefused?.(refused);
    await sleep(waitMs, undefined, { signal }).catch(() => undefined);
    waitMs = Math.min(backoffMs.most, waitMs * backoffMs.factor);
  }
}

/** Once per kind of trouble: an unreachable coordinator must not fill the log. */
function complain(state: State, { code, details }: StatusObject, wasRegistered: boolean): void {
  const { log, coordinator } = state.options;
  const trouble = `${code} ${details.replace(/\d+(\.\d+)?\s?(ms|s)\b/g, '')}`;
  const level = state.trouble === trouble ? 'debug' : 'warn';
  state.trouble = trouble;
  const what = wasRegistered ? 'coordinator lost' : 'no coordinator';
  log[level]({ coordinator, code, details }, `${what}; dialling until there is one`);
}

interface Served {
  readonly wasRegistered: boolean;
  readonly status: StatusObject;
}

/** One stream from dial to end. */
function serve(state: State): Promise<Served> {
  const { client, register, onLost } = state.options;
  return new Promise((resolve) => {
    // It lives as long as the worker: only silence, not age, may end it.
    const stream = client.control({ deadline: Infinity });
    state.stream = stream;
    const silence = setTimeout(() => stream.cancel(), registrationMs);
    let heartbeats: NodeJS.Timeout | undefined;
    stream.on('data', (message: Received) => {
      if (message.registered && !state.registered) {
        clearTimeout(silence);
        const { leaseMs, fenceMs } = message.registered;
        state.lease = createLease(performance.now());
        const everyMs = Math.min(heartbeatMs, leaseMs / heartbeatsOfLease);
        heartbeats = setInterval(() => live(state, stream, fenceMs), everyMs);
      }
      receive(state, stream, message);
    });
    // Every failure is also a status, which ends the stream in one place.
    stream.on('error', () => undefined);
    stream.on('status', (status: StatusObject) => {
      clearTimeout(silence);
      clearInterval(heartbeats);
      const wasRegistered = state.registered;
      state.registered = false;
      state.stream = undefined;
      if (wasRegistered) onLost();
      resolve({ wasRegistered, status });
    });
    stream.write({ register: { ...register, previous: state.worker } });
  });
}

/** A beat of the heart, or the end where nobody has answered the last ones. */
function live(state: State, stream: Stream, fenceMs: number): void {
  const silentMs = state.lease.silentMs(performance.now());
  if (fenceMs === 0 || silentMs <= fenceMs) return beat(state, stream, 0);
  giveUp(state, `the coordinator has answered no heartbeat for ${Math.round(silentMs)} ms`);
}

function receive(state: State, stream: Stream, message: Received): void {
  const { onRegistered, onDrainOrder } = state.options;
  if (message.registered && !state.registered) {
    state.registered = true;
    const { epoch, worker } = message.registered;
    state.worker = `${epoch}/${worker}`;
    state.trouble = undefined;
    // what was computed for another coordinator, or for none, is not this one's
    state.options.takeCounts();
    onRegistered(message.registered);
    if (state.draining) stream.write({ draining: {} });
  } else if (message.heard) {
    state.lease.heard(message.heard.number);
  } else if (message.probe) {
    beat(state, stream, message.probe.number);
  } else if (message.measure) {
    void measured(state, stream, message.measure);
  } else if (message.drain) {
    onDrainOrder();
  }
}

/** A model that cannot be run gets an empty curve: its jobs will say why. */
async function measured(
  { options }: State,
  stream: Stream,
  { number, ...order }: Measure__Output,
): Promise<void> {
  const curve = await options.measure(order).catch(() => []);
  if (stream.writable) stream.write({ measured: { number, latencyCurve: [...curve] } });
}

/** From the thread that serves gRPC: that it comes at all is half of what it says. */
function beat({ options, lease }: State, stream: Stream, probe: number): void {
  // A queue of stale heartbeats would only delay the fresh one.
  if (stream.writableNeedDrain && probe === 0) return;
  const number = lease.sent(performance.now());
  const did = { ...options.holds(), ...options.takeCounts() };
  const heartbeat = { progressAgeMs: options.progressMs(), probe, number, ...did };
  stream.write({ heartbeat });
}
