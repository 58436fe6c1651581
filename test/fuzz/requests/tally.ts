/** What became of the cases: counted, and the ones that should not have happened kept. */
import type { Outcome } from './transport.ts';

export interface Finding {
  readonly what: string;
  readonly times: number;
  /** The first case of it. */
  readonly replay: string;
}

export interface Tally {
  count(group: string, outcome: Outcome, replay: string): void;
  find(what: string, replay: string): void;
  readonly cases: ReadonlyMap<string, number>;
  readonly outcomes: ReadonlyMap<string, number>;
  findings(): Finding[];
}

/**
 * What gRPC's own library calls internal although the peer is at fault, and says clearly; there is
 * no place of ours between.
 */
const foreignTexts = [/^Invalid grpc-timeout value /, /^Failed to decompress message$/];

/** @param say told of each finding when it is met first */
export function createTally(say: (line: string) => void): Tally {
  const cases = new Map<string, number>();
  const outcomes = new Map<string, number>();
  const found = new Map<string, { times: number; replay: string }>();
  const find = (what: string, replay: string): void => {
    if (!found.has(what)) say(`found ${what}: ${replay}`);
    const known = found.get(what) ?? { times: 0, replay };
    found.set(what, { ...known, times: known.times + 1 });
  };
  return {
    cases,
    outcomes,
    find,
    count(group, outcome, replay) {
      add(cases, group);
      const foreign = foreignTexts.some((text) => text.test(outcome.text));
      add(outcomes, foreign ? `${outcome.kind} (of gRPC itself)` : outcome.kind);
      const wrong = isWrong(outcome);
      if (wrong && !foreign) find(`${outcome.kind}: ${sameText(outcome.text)}`, replay);
    },
    findings: () => [...found].map(([what, { times, replay }]) => ({ what, times, replay })),
  };
}

function isWrong({ kind }: Outcome): boolean {
  return ['INTERNAL', 'UNKNOWN', 'NO ANSWER', 'HTTP 500'].includes(kind);
}

/** Without what differs each time. */
function sameText(text: string): string {
  return text.replace(/ref [0-9a-f]+/, 'ref ...').slice(0, 200);
}

function add(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}
