/**
 * What a test may make of a model call, at the failpoint `infer.call`: beside the actions that
 * every failpoint has (`kill`, `sleep`, `hang`)
 *
 *   stick(T)  the call does not come back
 *   abort(T)  the process aborts, as in a bug of native code
 *   oom(N)    an allocation error in calls of more than N rows
 *   nan(T)    the first element of a row is NaN
 *   add(X)    X is added to every element: plausible, and wrong
 *   lie(X)    the same from SIGUSR2 on
 *   ulp       every element is the next larger float: another numeric class
 *
 * T is one timestep or several, such as 444,555: only calls that have a row of one of them are
 * meant, and the first such row; without any, all calls, and the first row.
 */
import { failpoint, type Fired } from '../../shared/protocol/failpoints.ts';
import type { SlotArrays } from './slot-arrays.ts';
import type { RunRows } from './thread-loop.ts';

const LIE_SIGNAL = 'SIGUSR2';

type CallArrays = Pick<SlotArrays, 'timesteps' | 'outputs'>;

/** The call itself where no test has armed anything. */
export function withFaults(run: RunRows, arrays: CallArrays): RunRows {
  const lying = signalled();
  return async (count, wide) => {
    const fired = failpoint('infer.call');
    if (fired) before(fired, arrays, count);
    await run(count, wide);
    if (fired && (fired.action !== 'lie' || lying())) after(fired, arrays, count);
  };
}

function before({ action, argument }: Fired, arrays: CallArrays, count: number): void {
  if (action === 'abort' && rowOf(argument, arrays, count) >= 0) process.abort();
  if (action === 'stick' && rowOf(argument, arrays, count) >= 0) {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  }
  if (action === 'oom' && count > Number(argument)) throw new Error('std::bad_alloc');
}

function after({ action, argument }: Fired, arrays: CallArrays, count: number): void {
  const { outputs, timesteps } = arrays;
  const dim = outputs.length / timesteps.length;
  if (action === 'nan') {
    const row = rowOf(argument, arrays, count);
    if (row >= 0) outputs[row * dim] = Number.NaN;
  }
  const out = outputs.subarray(0, count * dim);
  if (action === 'add' || action === 'lie') add(out, Number(argument));
  if (action === 'ulp') nextUp(out);
}

let listening = false;
let came = false;

/** Whether the signal came; without a test nobody listens to it. */
function signalled(): () => boolean {
  if (process.env['NODE_ENV'] === 'test' && !listening) {
    listening = true;
    process.once(LIE_SIGNAL, () => (came = true));
  }
  return () => came;
}

function add(out: Float32Array, x: number): void {
  for (const [k, value] of out.entries()) out[k] = value + x;
}

function rowOf(argument: string, { timesteps }: CallArrays, count: number): number {
  if (argument === '') return 0;
  const meant = new Set(argument.split(',').map(Number));
  return timesteps.subarray(0, count).findIndex((timestep) => meant.has(timestep));
}

function nextUp(values: Float32Array): void {
  const bits = new Int32Array(values.buffer, values.byteOffset, values.length);
  for (const [k, word] of bits.entries()) bits[k] = word < 0 ? word - 1 : word + 1;
}
