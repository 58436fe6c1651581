/** The thread that writes, as the main thread sees it. */
import { Worker } from 'node:worker_threads';
import { StoreError, type StoreChange, type StoreFailure } from './job-store.ts';

/** What the thread is started with. */
export interface StoreThreadData {
  readonly path: string;
  readonly epoch: number;
  readonly pagesMax: number | undefined;
}

/** Answers come in the order of the batches; the first one says that the thread is ready. */
export type StoreThreadAnswer =
  | { readonly ok: true }
  | { readonly ok: false; readonly failure: StoreFailure; readonly message: string };

export interface StoreThread {
  commit(changes: readonly StoreChange[]): Promise<void>;
  close(): Promise<void>;
}

interface Waiting {
  readonly resolve: () => void;
  readonly reject: (error: StoreError) => void;
}

export async function startStoreThread(data: StoreThreadData): Promise<StoreThread> {
  const file = new URL(
    `./store-thread${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`,
    import.meta.url,
  );
  const thread = new Worker(file, { workerData: data });
  const waiting: Waiting[] = [];
  let closed = false;
  const answered = (): Promise<void> =>
    new Promise((resolve, reject) => waiting.push({ resolve, reject }));
  const gone = (why: string): void => {
    closed = true;
    for (const { reject } of waiting.splice(0)) reject(new StoreError('failed', why));
  };
  thread.on('message', (answer: StoreThreadAnswer) => {
    const next = waiting.shift();
    if (answer.ok) next?.resolve();
    else next?.reject(new StoreError(answer.failure, answer.message));
  });
  thread.on('error', (error) => gone(`the thread of the job store ended: ${String(error)}`));
  thread.on('exit', () => gone('the job store is closed'));
  await answered();
  return {
    commit(changes) {
      if (closed) return Promise.reject(new StoreError('failed', 'the job store is closed'));
      thread.postMessage(changes);
      return answered();
    },
    async close() {
      if (closed) return;
      thread.postMessage('close');
      await new Promise((resolve) => thread.once('exit', resolve));
    },
  };
}
