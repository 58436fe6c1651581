/** What every worker did in the last minute: a lane each, coloured by job, moving to the left. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { lanesOf, SHOWN_MS } from '../data/activity.ts';
import type { Activity, Lane } from '../data/activity.ts';
import { percent, plural, shortId } from '../data/format.ts';
import { contextOf } from './canvas.ts';
import { jobColour } from './name-colours.ts';
import { Swatch } from './parts.tsx';
import { calmMotion, colour, usePaint } from './theme.ts';
import { useWidth } from './use-width.ts';

const LANE = 26;
const BAR = 16;
const AXIS = 20;
const FRAME_MS = 100;
const CALM_MS = 2_000;

export function Timeline(props: {
  readonly activity: Activity;
  readonly names: readonly string[];
}) {
  const frame = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const width = useWidth(frame);
  const paint = usePaint();
  const [pointed, setPointed] = useState('');
  const latest = useRef(props);
  latest.current = props;
  const nowMs = (): number => performance.now() + latest.current.activity.offsetMs;
  const lanes = lanesOf(props.activity, props.names, nowMs());
  const height = lanes.length * LANE + AXIS;
  useEffect(() => {
    const draw = (): void => {
      const now = nowMs();
      const shown = lanesOf(latest.current.activity, latest.current.names, now);
      const context = canvas.current && contextOf(canvas.current, width, height);
      if (context) drawLanes(context, { lanes: shown, width, height, nowMs: now });
    };
    if (width === 0) return;
    draw();
    const timer = setInterval(draw, calmMotion() ? CALM_MS : FRAME_MS);
    return () => clearInterval(timer);
  }, [width, height, paint]);
  const jobs = [...new Set(props.activity.sweeps.map(({ job }) => job))].slice(-8);
  return (
    <div class="timeline">
      <div ref={frame}>
        <canvas
          ref={canvas}
          role="img"
          aria-label={wordsOf(lanes)}
          onPointerMove={(event) => setPointed(sweepAt(event, { lanes, width, nowMs: nowMs() }))}
          onPointerLeave={() => setPointed('')}
        />
      </div>
      <output class="readout">{pointed || summary(lanes)}</output>
      <ul class="legend-list">
        {jobs.map((job) => (
          <li key={job}>
            <Swatch name={job === '' ? 'another tenant' : shortId(job)} fill={jobColour(job)} />
          </li>
        ))}
      </ul>
    </div>
  );
}

function summary(lanes: readonly Lane[]): string {
  const sweeps = lanes.reduce((sum, lane) => sum + lane.sweeps.length, 0);
  return sweeps === 0
    ? 'No worker did anything in the last minute.'
    : `${plural(sweeps, 'sweep')} of blocks in the last minute.`;
}

function wordsOf(lanes: readonly Lane[]): string {
  const words = lanes.map(({ name, busy }) => `${name} busy ${percent(busy)}`);
  return `Timeline of the last 60 seconds. ${words.join('; ')}`;
}

/** Lanes begin right of the names, which get a third of a narrow screen at most. */
function leftOf(width: number): number {
  return Math.min(130, Math.round(width / 3.2));
}

interface Drawn {
  readonly lanes: readonly Lane[];
  readonly width: number;
  readonly height: number;
  readonly nowMs: number;
}

function drawLanes(context: CanvasRenderingContext2D, drawn: Drawn): void {
  const { lanes, width, height, nowMs } = drawn;
  const left = leftOf(width);
  const x = (ms: number): number => left + ((width - left) * (ms - nowMs + SHOWN_MS)) / SHOWN_MS;
  context.font = '12px system-ui, sans-serif';
  context.textBaseline = 'middle';
  for (const [k, { name, sweeps }] of lanes.entries()) {
    const y = k * LANE + (LANE - BAR) / 2;
    context.fillStyle = colour('--inset');
    context.fillRect(left, y, width - left, BAR);
    context.fillStyle = colour('--ink');
    context.fillText(fitted(context, name, left - 10), 0, y + BAR / 2);
    for (const { job, startMs, endMs } of sweeps) {
      const from = Math.max(left, x(startMs));
      context.fillStyle = jobColour(job);
      context.fillRect(from, y, Math.max(1, Math.min(width, x(endMs)) - from), BAR);
    }
  }
  drawSeconds(context, drawn, x);
  context.fillStyle = colour('--line-strong');
  context.fillRect(left, height - AXIS, width - left, 1);
}

function drawSeconds(
  context: CanvasRenderingContext2D,
  { width, height, nowMs }: Drawn,
  x: (ms: number) => number,
): void {
  context.font = '11px system-ui, sans-serif';
  context.fillStyle = colour('--quiet');
  const every = width < 500 ? 20 : 10;
  for (let ago = 60; ago >= 0; ago -= every) {
    context.textAlign = ago === 60 ? 'left' : ago === 0 ? 'right' : 'center';
    const text = ago === 0 ? 'now' : `−${ago} s`;
    context.fillText(text, x(nowMs - 1000 * ago), height - AXIS / 2 + 2);
  }
  context.textAlign = 'left';
}

function fitted(context: CanvasRenderingContext2D, text: string, room: number): string {
  if (context.measureText(text).width <= room) return text;
  let kept = text;
  while (kept.length > 1 && context.measureText(`${kept}…`).width > room) kept = kept.slice(0, -1);
  return `${kept}…`;
}

function sweepAt(event: PointerEvent, { lanes, width, nowMs }: Omit<Drawn, 'height'>): string {
  const left = leftOf(width);
  const lane = lanes[Math.floor(event.offsetY / LANE)];
  if (!lane || event.offsetX < left) return '';
  const ms = nowMs - SHOWN_MS + (SHOWN_MS * (event.offsetX - left)) / (width - left);
  const near = SHOWN_MS / (width - left);
  const found = lane.sweeps.findLast((one) => one.startMs - near <= ms && ms <= one.endMs + near);
  if (!found) return `${lane.name}: busy ${percent(lane.busy)} of the last minute`;
  const took = (found.endMs - found.startMs).toFixed(1);
  const job = found.job === '' ? 'a job of another tenant' : `job ${shortId(found.job)}`;
  return `${lane.name}: ${job}, block ${found.block} of ${plural(found.rows, 'row')}, ${took} ms`;
}
