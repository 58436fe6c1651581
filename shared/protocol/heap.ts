/** What a process that moves latents tells its garbage collector. */
import { setFlagsFromString } from 'node:v8';

/**
 * Latents are external memory, and by default V8 marks its whole heap for every few tens of MiB of
 * it: with 64 KiB latents on eight workers a full collection every few rounds, each of them longer
 * than a model call (measured: 19 to 45 in 130 rounds). Counted against the limit of the heap as a
 * whole, with room for garbage of twice what is held, what dies young goes with scavenges, which
 * look at little (measured: 2 full ones in the same rounds).
 */
export function tuneHeap(): void {
  setFlagsFromString('--external-memory-accounted-in-global-limit');
  setFlagsFromString('--heap-growing-percent=200');
}
