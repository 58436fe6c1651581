/** Names latents; the shell keeps the bytes for as long as anybody holds the handle. */
export interface LatentHandle {
  readonly id: string;
}
