/** How the first sample formed, in small pictures from left to right. */
import { useEffect, useRef } from 'preact/hooks';
import type { Look } from '../data/samples.ts';
import { contextOf } from './canvas.ts';
import { drawSample } from './samples-view.tsx';
import type { Ends } from './samples-view.tsx';
import { usePaint } from './theme.ts';
import { useWidth } from './use-width.ts';

export interface Still {
  readonly round: number;
  readonly sample: Float32Array;
}

const STILLS_MAX = 48;
const TILE = 56;
const GAP = 6;
const TEXT = 16;

/** With one more; where there are too many, every other one of the older ones goes. */
export function withStill(stills: readonly Still[], still: Still): readonly Still[] {
  const before = stills.filter(({ round }) => round < still.round);
  const kept = before.length < STILLS_MAX ? before : before.filter((_, k) => k % 2 === 0);
  return [...kept, still];
}

interface FilmProps {
  readonly stills: readonly Still[];
  readonly look: Look;
  readonly ends?: Ends;
}

/** Nothing where there is only one to show. */
export function FilmStrip(props: FilmProps) {
  return props.stills.length < 2 ? null : <Film {...props} />;
}

function Film(props: FilmProps) {
  const frame = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const paint = usePaint();
  const width = useWidth(frame);
  const room = Math.max(2, Math.floor((width + GAP) / (TILE + GAP)));
  const shown = evenly(props.stills, room);
  useEffect(() => {
    if (!canvas.current || width === 0) return;
    const context = contextOf(canvas.current, width, TILE + TEXT);
    if (!context) return;
    context.font = '11px system-ui, sans-serif';
    for (const [k, { sample, round }] of shown.entries()) {
      const box = { x: k * (TILE + GAP), y: 0, width: TILE, height: TILE };
      drawSample(context, { sample, box, ...props });
      context.fillStyle = getComputedStyle(frame.current ?? document.body).color;
      context.textAlign = 'center';
      context.fillText(String(round), box.x + TILE / 2, TILE + TEXT - 3);
    }
  }, [props.stills, width, paint]);
  const rounds = shown.map(({ round }) => round).join(', ');
  return (
    <div class="film">
      <p class="note-line">the first sample by round, as its worker guessed it</p>
      <div ref={frame}>
        <canvas ref={canvas} role="img" aria-label={`Estimates after rounds ${rounds}`} />
      </div>
    </div>
  );
}

/** At most `most` of them, the first and the last included. */
function evenly<T>(all: readonly T[], most: number): T[] {
  if (all.length <= most) return [...all];
  const picked = Array.from({ length: most }, (_, k) =>
    Math.round((k * (all.length - 1)) / (most - 1)),
  );
  return picked.flatMap((k) => all[k] ?? []);
}
