/** Where the wall clock went, as one bar. */
import type { TimeSplit } from '../api/replies.ts';
import { SERIES } from '../data/colours.ts';
import { duration, percent } from '../data/format.ts';
import { Swatch } from './parts.tsx';

const parts = [
  ['model', 'inside the model'],
  ['queue', 'waiting for the model while other jobs had it'],
  ['network', 'messages'],
  ['coordinator', 'composing and deciding'],
  ['scan', 'vector work of blocks'],
] as const;

export function TimeSplitBar({ timeMs }: { readonly timeMs: TimeSplit }) {
  const sum = parts.reduce((total, [name]) => total + timeMs[name], 0) || 1;
  let before = 0;
  const bars = parts.map(([name], k) => {
    const x = before;
    const share = timeMs[name] / sum;
    before += share;
    return { name, x, share, fill: SERIES[k] ?? SERIES[0] };
  });
  const words = bars.map(({ name, share }) => `${name} ${percent(share)}`).join(', ');
  return (
    <div class="time-split">
      <svg class="bar" role="img" aria-label={`Time split: ${words}`}>
        {bars.map(({ name, x, share, fill }) => (
          <rect key={name} x={`${100 * x}%`} width={`${100 * share}%`} height="100%" fill={fill} />
        ))}
      </svg>
      <ul class="legend-list">
        {bars.map(({ name, share, fill }, k) => (
          <li key={name} title={parts[k]?.[1]}>
            <Swatch name={name} fill={fill} />
            <b>{duration(timeMs[name])}</b>
            <span class="quiet">{percent(share)}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}
