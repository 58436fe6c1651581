/** Who says what the samples of a bundled model are worth. */
import { pictureQuality } from './picture-quality.ts';
import { planQuality } from './plan-quality.ts';
import type { Quality, RunJob } from './quality.ts';

type Judge = (folder: string, run: RunJob, count?: number) => Promise<Quality>;

const judges: Readonly<Record<string, Judge>> = {
  'fashion-unet': pictureQuality,
  'maze-planner': planQuality,
};

export function judgeOf(model: string): Judge {
  const judge = Object.hasOwn(judges, model) ? judges[model] : undefined;
  if (judge) return judge;
  throw new Error(`--model: found ${model}, expected ${Object.keys(judges).join(' or ')}`);
}
