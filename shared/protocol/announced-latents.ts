/** Which latents a message of the data stream brings: those that may follow it in parts. */
import type { Latents } from '../../proto/generated/isochron/v1/Latents.ts';

/** The latents of a message in the order of its fields, which is the order of their parts. */
export function announcedToWorker<L extends Latents>(
  message: Announcer<ToWorkerKind, L> & TensorHolders<L>,
): L[] {
  const { openJob, supply, assignBlock, sweep, advance, absorb, releaseBlock } = message;
  const tensors = [...(openJob?.tensors ?? []), ...(supply?.tensors ?? [])];
  return present([
    ...tensors.map(({ data }) => data),
    assignBlock?.left,
    assignBlock?.denoised,
    assignBlock?.given,
    sweep?.left,
    advance?.left,
    absorb?.left,
    releaseBlock?.left,
    message.decodeLatent?.latent,
    message.encodePicture?.pixels,
  ]);
}

export function announcedFromBlock<L extends Latents>(
  message: Announcer<FromWorkerKind, L> & { readonly encodedTensors?: TensorHolder<L> | null },
): L[] {
  const { swept, absorbed, corrected, progress, advanced, rows } = message;
  return present([
    swept?.offset,
    swept?.denoised,
    swept?.frozen,
    swept?.step?.from,
    swept?.step?.to,
    absorbed?.right,
    ...announcedByEdge(corrected),
    ...announcedByProgress(progress),
    ...announcedByProgress(advanced?.progress),
    ...announcedByEdge(advanced),
    rows?.states,
    ...(message.encodedTensors?.tensors ?? []).map(({ data }) => data),
    message.decodedPicture?.pixels,
  ]);
}

function announcedByEdge<L>(message: Holder<L> | null | undefined) {
  return [message?.edge?.state, message?.edge?.denoised];
}

function announcedByProgress<L>(progress: Reporter<L> | null | undefined) {
  const { preview, frozenRow, step } = progress ?? {};
  return [preview, frozenRow?.state, step?.from, step?.to];
}

interface Reporter<L> {
  preview?: L | null;
  frozenRow?: { state?: L | null } | null;
  step?: { from?: L | null; to?: L | null } | null;
}

interface Holder<L> extends Reporter<L> {
  left?: L | null;
  right?: L | null;
  denoised?: L | null;
  offset?: L | null;
  given?: L | null;
  states?: L | null;
  frozen?: L | null;
  latent?: L | null;
  pixels?: L | null;
  edge?: { state?: L | null; denoised?: L | null } | null;
  progress?: Reporter<L> | null;
}

interface TensorHolder<L> {
  tensors?: { data?: L | null }[];
}

interface TensorHolders<L> {
  readonly openJob?: TensorHolder<L> | null;
  readonly supply?: TensorHolder<L> | null;
}

type ToWorkerKind =
  | 'assignBlock'
  | 'sweep'
  | 'advance'
  | 'absorb'
  | 'releaseBlock'
  | 'decodeLatent'
  | 'encodePicture';

type FromWorkerKind =
  'swept' | 'absorbed' | 'corrected' | 'progress' | 'advanced' | 'rows' | 'decodedPicture';

type Announcer<K extends string, L> = { readonly [kind in K]?: Holder<L> | null };

function present<L>(latents: readonly (L | null | undefined)[]): L[] {
  return latents.filter((one) => one !== null && one !== undefined);
}
