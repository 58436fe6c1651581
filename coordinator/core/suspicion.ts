/** What is held against workers, and against blocks. */

/** What is held against a worker. */
export interface Trust {
  readonly strikes: number;
  /** How often it was quarantined. */
  readonly times: number;
  readonly struckMs: number;
  /** End of its quarantine. */
  readonly untilMs: number;
  /** The last strike, for people. */
  readonly why: string;
}

/** A worker that found no finite value where the input is final. */
export interface Suspect {
  readonly block: number;
  readonly worker: string;
  readonly row: number;
  readonly sample: number;
  readonly element: number | undefined;
}

/** What has happened to the workers of a block. */
export interface Hazards {
  /** When its worker got it. */
  assignedMs?: number | undefined;
  /** Workers whose connection ended while they held it, and that have not come back. */
  deaths?: readonly string[] | undefined;
  /** Nobody gets it before: the last of them may still come back. */
  parkedUntilMs?: number | undefined;
  /** Workers that are to have it last: they have failed it. */
  shunned?: readonly string[] | undefined;
}

/** Who a worker is, and whether it computes. */
export interface Doubts {
  /** What it calls itself, in every registration; the id where absent. */
  readonly name?: string | undefined;
  /** For how long its model has shown no progress, as its last heartbeat said. */
  readonly progressAgeMs?: number;
  /** A model call that takes longer than that hangs; absent where nobody knows. */
  readonly hangMs?: number | undefined;
  /** When it was asked whether it still computes; absent while nobody doubts it. */
  readonly probedMs?: number | undefined;
}
