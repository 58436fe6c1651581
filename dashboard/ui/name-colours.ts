/** Workers and jobs keep their colours on all pages of a tab. */
import { createNameColours } from '../data/colours.ts';

export const workerColour = createNameColours();
export const jobColour = createNameColours();
