/**
 * What a job knows of its spot checks: who had a hand in it, and the steps that several workers
 * recompute now. Plain data; what follows from it is in `spot-check.ts`.
 */
import type { LatentHandle } from './latent-handle.ts';

/** A worker that was asked for x[row + 1], and what it said. */
export interface Vote {
  readonly worker: string;
  /** What the worker calls itself. */
  readonly name: string;
  /** Of its assignment: no other one of the job has it. */
  readonly attempt: number;
  /** Undefined while it computes. */
  readonly state: LatentHandle | undefined;
}

/** One step that several workers compute from the same state. */
export interface SpotCheck {
  /** Its name on the wire. */
  readonly index: number;
  readonly row: number;
  /** x[row], which is final; undefined for row 0, which everybody makes from the seed. */
  readonly left: LatentHandle | undefined;
  /** Samples that it is about. */
  readonly samples: readonly number[];
  /** It comes after all rows of the job: who is not heard now is not checked. */
  readonly isLast: boolean;
  readonly votes: readonly Vote[];
  /** Workers that were asked, whatever became of it, and when the last of them was. */
  readonly asked: readonly string[];
  readonly sinceMs: number;
  /** The votes that are being compared, or were. */
  readonly compared: string;
}

export interface Checks {
  /** Names of the workers whose numbers are in the rows of the job, an earlier process's too. */
  readonly hands: readonly string[];
  readonly open: readonly SpotCheck[];
  /** The rows are final, and nobody was asked yet whether they agree. */
  readonly due: SpotCheckFrom | undefined;
  /** Workers that the job was opened on for its checks alone. */
  readonly opened: readonly string[];
  readonly begun: number;
  /** The first row that was not looked at for a check. */
  readonly looked: number;
  /** Steps that were compared. */
  readonly made: number;
  /** Hands whose numbers nobody could check. */
  readonly dropped: readonly string[];
  /** How often the job started again because a worker had computed wrong numbers. */
  readonly startedOver: number;
}

export interface SpotCheckFrom {
  readonly row: number;
  readonly left: LatentHandle | undefined;
}

export const noChecks: Checks = {
  hands: [],
  open: [],
  due: undefined,
  opened: [],
  begun: 0,
  looked: 0,
  made: 0,
  dropped: [],
  startedOver: 0,
};

/** Blocks from here on are spot checks: a job has fewer steps than that. */
export const FIRST_CHECK = 2 ** 20;

/** A vote has one round. */
export const VOTE_ROUND = 1;

export function isCheck({ block }: { readonly block: number }): boolean {
  return block >= FIRST_CHECK;
}

/** A worker is gone: what it has not said yet it will not say. */
export function withoutWorker(checks: Checks, worker: string): Checks {
  const open = checks.open.map((check) => {
    const votes = check.votes.filter((vote) => vote.worker !== worker || vote.state);
    // those that are left may have been compared before, without an answer
    return votes.length === check.votes.length ? check : { ...check, votes, compared: '' };
  });
  const asked = checks.open.flatMap(({ votes, isLast }) => (isLast ? votes : []));
  const lost = asked.filter((vote) => vote.worker === worker && !vote.state);
  const opened = checks.opened.filter((other) => other !== worker);
  return drop({ ...checks, open, opened }, lost);
}

/** Of those named, nobody can say whether they computed right numbers. */
export function drop(checks: Checks, named: readonly { readonly name: string }[]): Checks {
  const dropped = new Set(checks.dropped);
  for (const { name } of named) if (checks.hands.includes(name)) dropped.add(name);
  return { ...checks, dropped: [...dropped] };
}
