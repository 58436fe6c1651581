/**
 * A reply counts only if it is about the present: the job lives, the coordinator is the same
 * incarnation, the attempt holds the block, and the block is in the round and the half of it that
 * the reply answers (reliability.md, rule 2). Everything else is dropped and counted.
 */
import type { Reply } from './event.ts';
import type { BlockPhase, BlockState, State } from './state.ts';

const answers: Record<Exclude<Reply['kind'], 'blockFailed'>, readonly BlockPhase[]> = {
  swept: ['sweeping'],
  absorbed: ['absorbing', 'correcting'],
  progress: ['advancing'],
  advanced: ['advancing'],
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
  if (!block || block.worker !== worker) return undefined;
  if (block.attempt !== attempt || block.round !== round) return undefined;
  if (reply.kind === 'blockFailed') return block;
  return answers[reply.kind].includes(block.phase) ? block : undefined;
}
