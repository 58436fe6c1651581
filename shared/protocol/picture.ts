/** Samples as pictures. */
import { elementsOf } from './model-description.ts';
import type { Picture } from './pipeline-wire.ts';

/**
 * Brightness of a value, 0 to 255; what lies outside the range is clipped. NaN stays NaN;
 * infinities clip like any other value.
 */
export function brightness(
  value: number | undefined,
  [low, high]: readonly [number, number],
): number {
  const share = ((value ?? Number.NaN) - low) / (high - low);
  return Math.round(Math.min(1, Math.max(0, share)) * 255);
}

/**
 * A sample [1 or 3, height, width] with a pixel for each place; undefined where it is no picture.
 * A value that is no number must be seen, not pass for black: its pixel is magenta, or white.
 */
export function drawPicture(
  sample: Float32Array,
  shape: readonly number[],
  range: readonly [low: number, high: number],
): Picture | undefined {
  const [channels = 0, height = 0, width = 0] = shape;
  const drawable = shape.length === 3 && (channels === 1 || channels === 3);
  if (!drawable || elementsOf(shape) !== sample.length || !(range[1] > range[0])) return undefined;
  const plane = height * width;
  const data = new Uint8Array(plane * channels);
  for (let pixel = 0; pixel < plane; pixel++) {
    for (let channel = 0; channel < channels; channel++) {
      const value = brightness(sample[channel * plane + pixel], range);
      const broken = channel === 1 ? 0 : 255;
      data[pixel * channels + channel] = Number.isNaN(value) ? broken : value;
    }
  }
  return { width, height, channels, data };
}
