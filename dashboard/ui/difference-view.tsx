/** What is different between two samples, as a picture where they are pictures. */
import { useEffect, useRef } from 'preact/hooks';
import { small } from '../data/format.ts';
import type { Difference, Look } from '../data/samples.ts';
import { contextOf, drawPixels } from './canvas.ts';
import { usePaint } from './theme.ts';
import { useWidth } from './use-width.ts';

const WIDTH_MAX = 520;

export function DifferenceView(props: { readonly difference: Difference; readonly look: Look }) {
  const { picture, rms, largest } = props.difference;
  const frame = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const paint = usePaint();
  const width = Math.min(WIDTH_MAX, useWidth(frame));
  useEffect(() => {
    if (!canvas.current || !picture || width === 0) return;
    const height = (width * picture.height) / picture.width;
    const context = contextOf(canvas.current, width, height);
    if (context) drawPixels(context, picture, { x: 0, y: 0, width, height });
  }, [picture, width, paint]);
  const words = `RMS ${small(rms)}, largest ${small(largest)}`;
  const signed = props.look.shape[0] === 1;
  return (
    <figure>
      <div class="samples" ref={frame}>
        {picture && <canvas ref={canvas} role="img" aria-label={`Difference: ${words}`} />}
      </div>
      <figcaption>
        difference, first less second: {words}
        {picture && signed && `; blue −${small(largest)}, red ${small(largest)}`}
        {picture && !signed && `; yellow is ${small(largest)}`}
      </figcaption>
    </figure>
  );
}
