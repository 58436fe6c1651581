/** What samples look like, by the shape of one: pictures, paths, points, or plain curves. */
import { diverging, viridis } from './colours.ts';
import type { NumberArray } from './npy.ts';

export type Kind = 'image' | 'latents' | 'path' | 'points' | 'curve';

export interface Look {
  /** Shape of one sample. */
  readonly shape: readonly number[];
  /** Values drawn as black and as full brightness, or as the edges of the frame. */
  readonly range: readonly [low: number, high: number];
  /** They are latents, which a decoder turns into pictures. */
  readonly latents: boolean;
}

export interface Picture {
  readonly width: number;
  readonly height: number;
  /** RGBA, row-major. */
  readonly pixels: Uint8ClampedArray<ArrayBuffer>;
}

export function kindOf({ shape, latents }: Pick<Look, 'shape' | 'latents'>): Kind {
  const [first = 0, second = 0] = shape;
  if (shape.length === 3) return !latents && (first === 1 || first === 3) ? 'image' : 'latents';
  if (shape.length === 2 && first === 2 && second > 1) return 'path';
  if (shape.length === 1 && first === 2) return 'points';
  return 'curve';
}

/** The numbers of one sample; empty where there are not as many. */
export function sampleOf({ values }: NumberArray, look: Look, sample: number): Float32Array {
  const elements = look.shape.reduce((product, size) => product * size, 1);
  return values.subarray(sample * elements, (sample + 1) * elements);
}

/** An image in its own colours, or latents in false ones. */
export function pictureOf(sample: Float32Array, look: Look): Picture | undefined {
  const [channels = 0, height = 0, width = 0] = look.shape;
  const plane = width * height;
  if (look.shape.length !== 3 || plane === 0 || sample.length < channels * plane) return undefined;
  const drawn = kindOf(look) === 'image' ? channels : Math.min(3, channels);
  const ranges = Array.from({ length: drawn }, (_, channel) =>
    kindOf(look) === 'image'
      ? look.range
      : rangeOf(sample.subarray(channel * plane, (channel + 1) * plane)),
  );
  const pixels = new Uint8ClampedArray(4 * plane);
  for (let k = 0; k < plane; k++) {
    for (let colour = 0; colour < 3; colour++) {
      const channel = Math.min(colour, drawn - 1);
      const [low, high] = ranges[channel] ?? look.range;
      const value = sample[channel * plane + k] ?? 0;
      pixels[4 * k + colour] = (255 * (value - low)) / (high - low || 1);
    }
    pixels[4 * k + 3] = 255;
  }
  return { width, height, pixels };
}

/** False colours: latents have no range of their own, so the middle 98 % of the values fill it. */
function rangeOf(values: Float32Array): readonly [number, number] {
  const sorted = Float32Array.from(values).sort();
  const at = (share: number): number => sorted[Math.round(share * (sorted.length - 1))] ?? 0;
  return [at(0.01), at(0.99)];
}

export interface Difference {
  readonly rms: number;
  readonly largest: number;
  readonly picture: Picture | undefined;
}

/**
 * First minus second. Grey images in signed colours, blue to red; others by the largest difference
 * of their channels. Full colour is the largest difference.
 */
export function differenceOf(a: Float32Array, b: Float32Array, look: Look): Difference {
  const length = Math.min(a.length, b.length);
  let squares = 0;
  let largest = 0;
  for (let k = 0; k < length; k++) {
    const difference = (a[k] ?? 0) - (b[k] ?? 0);
    squares += difference * difference;
    largest = Math.max(largest, Math.abs(difference));
  }
  const rms = length === 0 ? 0 : Math.sqrt(squares / length);
  return { rms, largest, picture: differencePicture(a, b, { look, largest }) };
}

function differencePicture(
  a: Float32Array,
  b: Float32Array,
  { look, largest }: { readonly look: Look; readonly largest: number },
): Picture | undefined {
  const [channels = 0, height = 0, width = 0] = look.shape;
  const plane = width * height;
  if (look.shape.length !== 3 || a.length < channels * plane || b.length < channels * plane) {
    return undefined;
  }
  const pixels = new Uint8ClampedArray(4 * plane);
  for (let k = 0; k < plane; k++) {
    let most = 0;
    for (let channel = 0; channel < channels; channel++) {
      const difference = (a[channel * plane + k] ?? 0) - (b[channel * plane + k] ?? 0);
      if (Math.abs(difference) > Math.abs(most)) most = difference;
    }
    const share = most / (largest || 1);
    pixels.set([...(channels === 1 ? diverging(share) : viridis(Math.abs(share))), 255], 4 * k);
  }
  return { width, height, pixels };
}

/** The points of a path, or the one point of a sample of two numbers, in data units. */
export function pathOf(sample: Float32Array, shape: readonly number[]): [x: number, y: number][] {
  const length = shape.length === 1 ? 1 : (shape[1] ?? 0);
  return Array.from({ length }, (_, k) => [sample[k] ?? 0, sample[length + k] ?? 0]);
}
