/**
 * A reply counts only if it is about the present: the job lives, the coordinator is the same
 * incarnation, the attempt holds the block, and the block is in the round and the half of it that
 * the reply answers (reliability.md, rule 2); a failure ends the attempt in any round. Everything
 * else is dropped and counted.
 */
import type { Advancement, Reply } from './event.ts';
import type { BlockPhase, BlockState, JobState, OwingBlock, State } from './state.ts';

type OfBlock = Exclude<Reply['kind'], 'blockFailed'>;

const answers: Record<OfBlock, BlockPhase> = {
  swept: 'sweeping',
  absorbed: 'absorbing',
  moments: 'absorbing',
  corrected: 'correcting',
  rows: 'moving',
  progress: 'advancing',
  advanced: 'advancing',
};

/** The block that the reply is about, or undefined where the reply is stale. */
export function admit(
  state: Pick<State, 'epoch' | 'jobs'>,
  worker: string,
  reply: Reply,
): BlockState | undefined {
  const { job: id, block: index, epoch, attempt, round } = reply.fence;
  const job = state.jobs.get(id);
  if (!job || job.phase !== 'running' || epoch !== state.epoch) return undefined;
  const block = job.blocks.find((candidate) => candidate.index === index);
  if (!block) return undefined;
  const holder = block.twin?.attempt === attempt ? block.twin : block;
  if (holder.worker !== worker || holder.attempt !== attempt) return undefined;
  // a worker that fails has forgotten the block, whatever it has been sent since
  if (reply.kind === 'blockFailed') return block;
  if (block.round !== round) return undefined;
  // an advance reports several times under one fence: each of its rounds counts once
  if ('progress' in reply && !isNews(reply.progress, job)) return undefined;
  return answers[reply.kind] === block.phase ? block : undefined;
}

/** What is reported last may bring no round that was not told before. */
function isNews({ rounds: [first] }: Advancement, { tally }: JobState): boolean {
  return first === undefined || first.round === tally.rounds + 1;
}

/** The released block whose rows, or the failure to send them, the reply is. */
export function admitOwing(
  state: Pick<State, 'epoch' | 'jobs'>,
  worker: string,
  { kind, fence }: Reply,
): OwingBlock | undefined {
  const { job: id, block: index, epoch, attempt } = fence;
  const job = state.jobs.get(id);
  const about = kind === 'rows' || kind === 'blockFailed';
  if (!about || !job || job.phase !== 'running' || epoch !== state.epoch) return undefined;
  return job.owing.find(
    (block) => block.index === index && block.worker === worker && block.attempt === attempt,
  );
}
