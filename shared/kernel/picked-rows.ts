/**
 * Which steps of a job another worker recomputes: one in `every`, the same ones for everybody who
 * asks, and others for every job, whose id is random.
 */
export function isPicked(job: string, row: number, every: number): boolean {
  if (every === 0) return false;
  // FNV-1a over the id and the row, then the finalizer of murmur3: neighbours must not look alike
  let hash = 0x811c9dc5;
  for (let k = 0; k < job.length; k++) hash = Math.imul(hash ^ job.charCodeAt(k), 0x01000193);
  hash = Math.imul(hash ^ row, 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) % every === 0;
}

/** Whether one of the rows from .. to is. */
export function anyPicked(
  job: string,
  { from, to }: { readonly from: number; readonly to: number },
  every: number,
): boolean {
  for (let row = from; row <= to; row++) if (isPicked(job, row, every)) return true;
  return false;
}
