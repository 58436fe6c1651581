/** Colours that carry a number or a name, readable for the colour-blind. */

export type Rgb = readonly [red: number, green: number, blue: number];

/**
 * Matplotlib's viridis at 17 even places, perceptually uniform; linear in between.
 * S. van der Walt, N. Smith, https://bids.github.io/colormap/ (CC0)
 */
const VIRIDIS = [
  0x440154, 0x48186a, 0x472d7b, 0x424086, 0x3b528b, 0x33638d, 0x2c728e, 0x26828e, 0x21918c,
  0x1fa088, 0x28ae80, 0x3fbc73, 0x5ec962, 0x84d44b, 0xaddc30, 0xd8e219, 0xfde725,
];

/** Blue to red through white, for signed values: ColorBrewer's RdBu, C. Brewer (Apache-2.0). */
const DIVERGING = [
  0x2166ac, 0x4393c3, 0x92c5de, 0xd1e5f0, 0xf7f7f7, 0xfddbc7, 0xf4a582, 0xd6604d, 0xb2182b,
];

/** Okabe and Ito's set without black and yellow; its first ones differ the most. */
export const SERIES = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9'] as const;

/** 0 is dark violet, 1 is bright yellow; outside it is clipped. */
export function viridis(share: number): Rgb {
  return along(VIRIDIS, share);
}

/** -1 is blue, 0 is white, 1 is red. */
export function diverging(value: number): Rgb {
  return along(DIVERGING, (value + 1) / 2);
}

/** The colour of the k-th of several things with names. */
export function seriesColour(k: number): string {
  return SERIES[k % SERIES.length] ?? SERIES[0];
}

/** Gives every new name the next colour and keeps it: no two of the first six look alike. */
export function createNameColours(): (name: string) => string {
  const known = new Map<string, number>();
  return (name) => {
    const place = known.get(name) ?? known.size;
    known.set(name, place);
    return seriesColour(place);
  };
}

export function rgbOf(hex: string): Rgb {
  const value = Number.parseInt(hex.replace('#', ''), 16);
  return split(Number.isNaN(value) ? 0 : value);
}

function along(stops: readonly number[], share: number): Rgb {
  const place = Math.min(1, Math.max(0, share)) * (stops.length - 1);
  const below = Math.min(stops.length - 2, Math.floor(place));
  const [from, to] = [split(stops[below] ?? 0), split(stops[below + 1] ?? 0)];
  const mixed = (k: 0 | 1 | 2): number => Math.round(from[k] + (to[k] - from[k]) * (place - below));
  return [mixed(0), mixed(1), mixed(2)];
}

function split(value: number): Rgb {
  return [(value >> 16) & 255, (value >> 8) & 255, value & 255];
}
