/** Colours that carry a number or a name. */
import { mixColours } from './raster.ts';
import type { Colour } from './raster.ts';

/**
 * Matplotlib's viridis at 17 even places: perceptually uniform, and readable in grey and by the
 * colour-blind. Linear in between it is within 6/255 of the original.
 * S. van der Walt, N. Smith, https://bids.github.io/colormap/ (CC0)
 */
const VIRIDIS = [
  0x440154, 0x48186a, 0x472d7b, 0x424086, 0x3b528b, 0x33638d, 0x2c728e, 0x26828e, 0x21918c,
  0x1fa088, 0x28ae80, 0x3fbc73, 0x5ec962, 0x84d44b, 0xaddc30, 0xd8e219, 0xfde725,
];

/**
 * Okabe and Ito's colour-blind-safe set in an order whose first ones differ the most, with their
 * yellow, invisible as a line on white, left out. https://jfly.uni-koeln.de/color/
 */
export const SERIES_COLOURS: readonly Colour[] = [
  0x0072b2, 0xd55e00, 0x009e73, 0xcc79a7, 0xe69f00, 0x56b4e9, 0x000000,
];

/** `share` 0 is dark violet, 1 is bright yellow; outside it is clipped. */
export function viridis(share: number): Colour {
  const place = Math.min(1, Math.max(0, share)) * (VIRIDIS.length - 1);
  const below = Math.min(VIRIDIS.length - 2, Math.floor(place));
  return mixColours(VIRIDIS[below] ?? 0, VIRIDIS[below + 1] ?? 0, place - below);
}
