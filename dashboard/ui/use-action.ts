import { useState } from 'preact/hooks';
import { troubleOf } from './connection.ts';

export interface Action {
  /** Why the last one did not work, for people; undefined where it did. */
  readonly trouble: string | undefined;
  readonly act: (work: () => Promise<unknown>) => Promise<void>;
}

/** Does something at the coordinator, and looks again when that is done. */
export function useAction(onDone?: () => void): Action {
  const [trouble, setTrouble] = useState<string>();
  const act = async (work: () => Promise<unknown>): Promise<void> => {
    try {
      await work();
      setTrouble(undefined);
      onDone?.();
    } catch (error) {
      setTrouble(troubleOf(error));
    }
  };
  return { trouble, act };
}
