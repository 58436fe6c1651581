/** Samples on a canvas: as pictures, paths, points or curves. */
import { useEffect, useRef } from 'preact/hooks';
import type { NumberArray } from '../data/npy.ts';
import { kindOf, pathOf, pictureOf, sampleOf } from '../data/samples.ts';
import type { Look } from '../data/samples.ts';
import { contextOf, drawPixels } from './canvas.ts';
import type { Box } from './canvas.ts';
import { colour, usePaint } from './theme.ts';
import { useWidth } from './use-width.ts';

/** Of a path: where it should begin and end. */
export interface Ends {
  readonly start?: readonly number[] | undefined;
  readonly goal?: readonly number[] | undefined;
}

interface SamplesProps {
  readonly samples: NumberArray;
  readonly look: Look;
  /** Which of them, in tiles; all by default, up to 36. */
  readonly only?: number;
  readonly ends?: Ends;
  readonly label: string;
  readonly widthMax?: number;
}

export const TILES_MAX = 36;
const GAP = 4;

export function SamplesView(props: SamplesProps) {
  const { samples, look, only, label, widthMax = 520 } = props;
  const frame = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const paint = usePaint();
  const width = Math.min(useWidth(frame), widthMax);
  const count = only === undefined ? Math.min(TILES_MAX, samples.shape[0] ?? 0) : 1;
  const columns = Math.max(1, Math.ceil(Math.sqrt(count)));
  const tile = (width - (columns - 1) * GAP) / columns;
  const tall = tile * ratioOf(look);
  const height = Math.ceil(count / columns) * (tall + GAP) - GAP;
  useEffect(() => {
    if (!canvas.current || width <= 0 || count === 0) return;
    const context = contextOf(canvas.current, width, Math.max(1, height));
    if (!context) return;
    for (let k = 0; k < count; k++) {
      const x = (k % columns) * (tile + GAP);
      const y = Math.floor(k / columns) * (tall + GAP);
      const sample = sampleOf(samples, look, only ?? k);
      drawSample(context, { ...props, sample, box: { x, y, width: tile, height: tall } });
    }
  }, [samples, look, width, paint, only]);
  return (
    <div class="samples" ref={frame}>
      <canvas ref={canvas} role="img" aria-label={label} />
    </div>
  );
}

function ratioOf({ shape }: Look): number {
  const [, height = 1, width = 1] = shape;
  if (shape.length === 3) return Math.min(4, Math.max(0.25, height / width));
  return kindOf({ shape, latents: false }) === 'curve' ? 0.5 : 1;
}

interface Drawn {
  readonly sample: Float32Array;
  readonly look: Look;
  readonly box: Box;
  readonly ends?: Ends;
}

export function drawSample(context: CanvasRenderingContext2D, drawn: Drawn): void {
  const { sample, look, box } = drawn;
  const picture = pictureOf(sample, look);
  if (picture) return drawPixels(context, picture, box);
  context.fillStyle = colour('--inset');
  context.fillRect(box.x, box.y, box.width, box.height);
  context.save();
  context.beginPath();
  context.rect(box.x, box.y, box.width, box.height);
  context.clip();
  if (kindOf(look) === 'curve') drawCurve(context, drawn);
  else drawPath(context, drawn);
  context.restore();
}

/** In the square of the value range, y upwards; small dots are its points. */
function drawPath(context: CanvasRenderingContext2D, { sample, look, box, ends }: Drawn): void {
  const [low, high] = look.range;
  const inner = 0.92;
  const at = (value: number): number =>
    (1 - inner) / 2 + (inner * (value - low)) / (high - low || 1);
  const place = ([x = 0, y = 0]: readonly number[]): [number, number] => [
    box.x + box.width * at(x),
    box.y + box.height * (1 - at(y)),
  ];
  const points = pathOf(sample, look.shape).map(place);
  context.strokeStyle = colour('--accent');
  context.fillStyle = colour('--accent');
  context.lineWidth = Math.max(1, box.width / 200);
  context.lineJoin = 'round';
  context.beginPath();
  for (const [x, y] of points) context.lineTo(x, y);
  context.stroke();
  const radius = points.length === 1 ? box.width / 40 : box.width / 110;
  for (const point of points) dot(context, point, radius);
  context.fillStyle = colour('--good');
  if (ends?.start) dot(context, place(ends.start), box.width / 45);
  context.fillStyle = colour('--bad');
  if (ends?.goal) dot(context, place(ends.goal), box.width / 45);
}

function drawCurve(context: CanvasRenderingContext2D, { sample, look, box }: Drawn): void {
  const [low, high] = look.range;
  context.strokeStyle = colour('--accent');
  context.lineWidth = 1.5;
  context.beginPath();
  for (const [k, value] of sample.entries()) {
    const x = box.x + (box.width * (k + 0.5)) / sample.length;
    context.lineTo(x, box.y + box.height * (1 - (value - low) / (high - low || 1)));
  }
  context.stroke();
}

function dot(context: CanvasRenderingContext2D, [x, y]: readonly [number, number], radius: number) {
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fill();
}
