/** What watchers are shown of a job beside its trace: where it runs, and how far off it is. */
import type { HeldBlock } from '../../proto/generated/isochron/v1/HeldBlock.ts';
import type { JobEvent } from '../../proto/generated/isochron/v1/JobEvent.ts';
import type { JobStatus } from '../../proto/generated/isochron/v1/JobStatus.ts';
import type { Engine } from './engine.ts';
import type { JobRecord } from './job-record.ts';
import type { JobStore } from './job-store.ts';
import { statusOf } from './report.ts';
import { roundsIn } from './result-stream.ts';
import type { Watched, WatchOptions } from './watch.ts';

export function watchedJob(engine: Engine, record: JobRecord): Watched {
  const stateOf = (id: string) => engine.state().jobs.get(id);
  return {
    record,
    status: () => statusOf(engine, record),
    blocks: () => heldBlocks(engine, record),
    errorEstimate() {
      const estimate = stateOf(record.id)?.tally.errorEstimate ?? 0;
      return estimate > 0 ? estimate : undefined;
    },
  };
}

/** From left to right, first those of the first samples where samples run apart. */
function heldBlocks(engine: Engine, { id, parts }: JobRecord): HeldBlock[] {
  const { jobs } = engine.state();
  const ids = parts.length > 0 ? parts.map((part) => part.id) : [id];
  const blocks = ids.flatMap((one) => jobs.get(one)?.blocks ?? []);
  return blocks.map(({ begin, end, worker }) => {
    return { begin, end, worker: engine.workers.get(worker)?.name ?? '' };
  });
}

/** Of a job that has ended: all that there is. */
export async function* lastEvent(
  { store }: { readonly store: JobStore },
  status: JobStatus,
  { trace }: WatchOptions,
): AsyncGenerator<JobEvent> {
  const id = status.job ?? '';
  const blob = store.blobsOf(id).find(({ name }) => name === `${id}.trace`);
  yield { status, ...(trace && { rounds: await roundsIn(store, blob) }) };
}
