/** What reads files and texts from outside: each makes one bad input of its own and reads it. */
import type { Draws } from '../draws.ts';

export interface Target {
  readonly name: string;
  readonly weight: number;
  /** Reads what it made; throws what the reader throws. The folder is empty before. */
  readonly read: (draws: Draws, folder: string) => Promise<unknown>;
  /** Names of errors that are as clear as a SamplerError, where the caller words the rest. */
  readonly errors?: readonly string[];
}
