/** The thread that writes the job store: batches in, an answer for each out. */
import { parentPort, workerData } from 'node:worker_threads';
import { assert } from '../../shared/kernel/assert.ts';
import type { StoreChange } from './job-store.ts';
import { sqliteWriter } from './sqlite-writer.ts';
import { connect } from './sqlite-schema.ts';
import { storeErrorOf } from './store-errors.ts';
import type { StoreThreadAnswer, StoreThreadData } from './store-thread-client.ts';

assert(parentPort, 'the store thread is started by the coordinator');
const port = parentPort;
const { path, epoch, pagesMax } = workerData as StoreThreadData;
const db = connect(path);
if (pagesMax !== undefined) db.exec(`PRAGMA max_page_count = ${pagesMax}`);
const writer = sqliteWriter(db, epoch);

port.on('message', (message: readonly StoreChange[] | 'close') => {
  if (message === 'close') {
    db.close();
    port.close();
    return;
  }
  answer(message);
});
port.postMessage({ ok: true } satisfies StoreThreadAnswer);

function answer(changes: readonly StoreChange[]): void {
  let told: StoreThreadAnswer = { ok: true };
  try {
    writer.commit(changes);
  } catch (error) {
    const { failure, message } = storeErrorOf('the job store', error);
    told = { ok: false, failure, message };
  }
  port.postMessage(told);
}
