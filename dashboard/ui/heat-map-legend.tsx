/** What the colours of the heat map mean. */
import { viridis } from '../data/colours.ts';
import { decades } from '../data/heat-map.ts';
import type { Scale } from '../data/heat-map.ts';
import type { Block } from '../data/job-view.ts';
import { workerColour } from './name-colours.ts';
import { Swatch } from './parts.tsx';

const BARS = 48;
const WIDTH = 240;

export function HeatMapLegend(props: { readonly scale: Scale; readonly blocks: readonly Block[] }) {
  const workers = new Set(props.blocks.map(({ worker }) => worker).filter((name) => name !== ''));
  return (
    <div class="legend">
      <div class="legend-scale">
        <span>residual, RMS in data units</span>
        <ColourBar scale={props.scale} />
      </div>
      <ul class="legend-list" aria-label="Colours of the heat map">
        <li>
          <span class="chip chip-frozen" /> frozen
        </li>
        <li>
          <span class="chip chip-waiting" /> waiting
        </li>
        <li>
          <span class="chip chip-frontier" /> frontier
        </li>
        {[...workers].sort().map((name) => (
          <li key={name}>
            <Swatch name={name} fill={workerColour(name)} />
          </li>
        ))}
      </ul>
    </div>
  );
}

function ColourBar({ scale }: { readonly scale: Scale }) {
  const marks = decades(scale, 5);
  const label = `from ${marks[0]?.label ?? ''} to ${marks.at(-1)?.label ?? ''}`;
  return (
    <svg class="colour-bar" viewBox={`-14 0 ${WIDTH + 28} 28`} role="img" aria-label={label}>
      {Array.from({ length: BARS }, (_, k) => (
        <rect
          key={k}
          x={(k * WIDTH) / BARS}
          width={WIDTH / BARS + 0.5}
          height="10"
          fill={`rgb(${viridis(k / (BARS - 1)).join(' ')})`}
        />
      ))}
      {marks.map(({ share, label: text }) => (
        <g key={text}>
          <rect x={share * WIDTH - 0.5} y="10" width="1" height="4" class="tick" />
          <text x={share * WIDTH} y="25" text-anchor="middle">
            {text}
          </text>
        </g>
      ))}
    </svg>
  );
}
