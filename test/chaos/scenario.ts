/** A fault run with real processes: what it is called, and what it finds. */

export interface ScenarioOptions {
  /** How often the fault is made; each scenario has a default of its own. */
  readonly n: number | undefined;
  /** Of everything random. */
  readonly seed: number;
  /** What else the command line says, for scenarios that can run in part. */
  readonly filters: Readonly<Record<string, string | undefined>>;
  /** Lines for whoever waits. */
  readonly say: (line: string) => void;
}

/** Anything but a pass is a failure of the command; a run that tested too little is invalid. */
export type Verdict = 'pass' | 'fail' | 'invalid';

export interface ScenarioReport {
  readonly verdict: Verdict;
  /** What was wrong, or what the run did not test; empty where it passed. */
  readonly reasons: readonly string[];
  /** Name and value: the table, and the JSON. */
  readonly figures: Readonly<Record<string, number | string>>;
}

export interface Scenario {
  readonly name: string;
  readonly about: string;
  run(options: ScenarioOptions): Promise<ScenarioReport>;
}
