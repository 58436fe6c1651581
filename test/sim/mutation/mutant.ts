/** A bug that the simulation must find: a line of production code changed for the worse. */
export interface Mutant {
  /** What it stands for. */
  readonly name: string;
  readonly file: string;
  /** Occurs exactly once, so that a mutant is not lost when code moves. */
  readonly from: string;
  readonly to: string;
}
