/**
 * Ctrl-C asks: the command stops what it started and says so. A second one insists, and the
 * process ends at once, with the code that shells give to an interrupted program.
 */
export interface Interrupt {
  readonly signal: AbortSignal;
  /** Gives the signals back; without it they would stay ours after the command. */
  release(): void;
}

const signals = ['SIGINT', 'SIGTERM'] as const;
const INTERRUPTED = 130;

export function onInterrupt(): Interrupt {
  const controller = new AbortController();
  const listener = (): void => {
    if (controller.signal.aborted) process.exit(INTERRUPTED);
    controller.abort();
  };
  for (const name of signals) process.on(name, listener);
  return {
    signal: controller.signal,
    release: () => {
      for (const name of signals) process.off(name, listener);
    },
  };
}

/** Resolves when the signal comes. */
export async function interrupted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
}
