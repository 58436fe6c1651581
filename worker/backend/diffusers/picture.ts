/** A decoder's output as a picture. */
import type { Picture } from '../../../shared/protocol/pipeline-wire.ts';

/**
 * Bytes as diffusers makes them: x / 2 + 1/2 within 0 and 1, times 255, rounded: the only half
 * that single precision can name is 127.5, and its even neighbour is the upper one.
 *
 * @param values [channels, height, width], nominally within -1 and 1
 */
export function pictureOf(values: Float32Array, shape: readonly number[]): Picture {
  const [channels = 0, height = 0, width = 0] = shape;
  const places = height * width;
  const data = new Uint8Array(channels * places);
  for (let place = 0, at = 0; place < places; place++) {
    for (let channel = 0; channel < channels; channel++) {
      const value = values[channel * places + place] ?? NaN;
      data[at++] = Math.round(255 * Math.min(1, Math.max(0, value / 2 + 0.5)));
    }
  }
  return { width, height, channels, data };
}
