/** What the coordinator holds right now: for operators, and for tests that want it back at zero. */
import type { ClientLoad } from '../../proto/generated/isochron/v1/ClientLoad.ts';
import type { LoadReply } from '../../proto/generated/isochron/v1/LoadReply.ts';
import { standing, weightOf } from '../core/fair-queue.ts';
import { reservedIn } from '../core/jobs.ts';
import type { BlockState, JobState } from '../core/state.ts';
import { ownerOf, sees, seesAll } from './auth/policy.ts';
import type { Principal } from './auth/principal.ts';
import type { Engine } from './engine.ts';
import { tenantOfShare } from './share.ts';
import type { Totals } from './totals.ts';

/** Of all tenants to those who may know it, to others of their own. */
export function loadReply(
  engine: Engine,
  desk: { readonly totals: Totals; totalsOf(tenant: string): Totals },
  caller: Principal,
): LoadReply {
  const all = seesAll(caller);
  const { jobs, queue, running } = engine.state();
  const { submitted, ended } = all ? desk.totals : desk.totalsOf(ownerOf(caller));
  const records = [...engine.records.values()].filter(
    ({ request: { tenant } }) => all || sees(caller, tenant),
  );
  const known = new Set(records.map(({ id }) => id));
  const held = running.flatMap((id) => (all || known.has(id) ? (jobs.get(id) ?? []) : []));
  const wholes = held.filter(({ whole }) => whole === undefined);
  return {
    waiting: all ? queue.waiting : records.filter(({ id }) => isQueued(engine, id)).length,
    running: wholes.length,
    remembered: records.length,
    submitted,
    done: ended.done,
    failed: ended.failed,
    cancelled: ended.cancelled,
    blocks: held.reduce((sum, { blocks }) => sum + blocks.length, 0),
    latents: held.reduce((sum, job) => sum + latentsOf(job), 0),
    watchers: records.reduce((sum, { watchers }) => sum + watchers.size, 0),
    trajectoryBytes: records.reduce((sum, { heldBytes }) => sum + heldBytes, 0),
    clients: clientLoads(engine, wholes).filter(({ client = '' }) =>
      sees(caller, tenantOfShare(client)),
    ),
  };
}

function isQueued(engine: Engine, job: string): boolean {
  return engine.state().jobs.get(job)?.phase === 'queued';
}

/** Those that the state names: nobody else keeps any alive. */
function latentsOf({ blocks, edge, result }: JobState): number {
  const own = [edge?.state, edge?.denoised, result].filter((handle) => handle !== undefined);
  return blocks.reduce((sum, block) => sum + blockLatents(block), own.length);
}

function blockLatents({ left, right, summary, pendingLeft }: BlockState): number {
  const own = [left, right, summary?.offset, summary?.denoised];
  return own.filter((handle) => handle !== undefined).length + pendingLeft.length;
}

function clientLoads(engine: Engine, wholes: readonly JobState[]): ClientLoad[] {
  const { queue } = engine.state();
  const reserved = reservedIn(engine.state());
  return [...queue.clients].map(([client, { waiting }]) => ({
    client,
    waiting: waiting.length,
    running: wholes.filter((job) => job.client === client).length,
    standingMs: standing(queue, client, reserved),
    weight: weightOf(queue, client),
  }));
}
