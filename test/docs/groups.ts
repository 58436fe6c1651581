/** Which blocks are run together: what is run in one namespace, in the order of the documents. */
import { isAhead, isExecutable, scriptOf } from './checks.ts';
import type { Block, Document } from './markdown.ts';
import { markerOf, type Run } from './marker.ts';

/** One block as the runner inside the namespace gets it. */
export interface Step {
  readonly path: string;
  readonly line: number;
  readonly language: string;
  /** The script, program or file. */
  readonly text: string;
  readonly run: Run;
}

export interface Group {
  readonly name: string;
  readonly needs: Run['needs'];
  readonly network: boolean;
  readonly steps: readonly Step[];
}

export interface LeftOut {
  readonly block: Block;
  readonly reason: string;
  /** It is not run in this version, or without `--slow`; others are never run. */
  readonly waits: boolean;
}

export interface Plan {
  readonly groups: readonly Group[];
  readonly leftOut: readonly LeftOut[];
}

export interface Choice {
  readonly slow: boolean;
  /** Beginnings of `path:line`; none is all. */
  readonly only: readonly string[];
}

export function planRuns(documents: readonly Document[], { slow, only }: Choice): Plan {
  const groups = new Map<string, Step[]>();
  const leftOut: LeftOut[] = [];
  for (const block of documents.flatMap(({ blocks }) => blocks).filter(isExecutable)) {
    const { path, line, language, text } = block;
    if (!isChosen(block, { only })) continue;
    const marker = markerOf(block);
    const leave = (reason: string, waits: boolean): void =>
      void leftOut.push({ block, reason, waits });
    if (marker.kind === 'not run') leave(marker.reason, false);
    else if (isAhead(block)) leave(`waits for isochron ${marker.when}`, true);
    else if (marker.slow && !slow) leave('only with --slow', true);
    else {
      const step = { path, line, language, text: scriptOf(block) ?? text, run: marker };
      const name = groupName(step);
      groups.set(name, [...(groups.get(name) ?? []), step]);
    }
  }
  const whole = [...groups].map(([name, steps]) => ({ name, steps, ...first(steps) }));
  // The longest begin first, so that nobody waits for them at the end.
  return { groups: whole.sort((a, b) => b.steps.length - a.steps.length), leftOut };
}

export function isChosen({ path, line }: Block, { only }: Pick<Choice, 'only'>): boolean {
  return only.length === 0 || only.some((start) => `${path}:${line}`.startsWith(start));
}

/** Blocks that need the same cluster share it; otherwise a session has a network of its own. */
function groupName({ path, run }: Step): string {
  if (run.network) return `${path}, network`;
  if (run.needs !== undefined) return `with ${run.needs}`;
  return run.session === undefined ? 'without cluster' : `${path}, ${run.session}`;
}

function first([step]: readonly Step[]): Pick<Group, 'needs' | 'network'> {
  return { needs: step?.run.needs, network: step?.run.network ?? false };
}
