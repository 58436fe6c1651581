/** The planner's table: what a job could be run with, the fastest first. */
import type { Plan, Setting } from '../api/replies.ts';
import { count, duration, plural, times } from '../data/format.ts';

const SHOWN = 12;

export function PlanTable(props: { readonly settings: readonly Setting[]; readonly plan: Plan }) {
  const { settings, plan } = props;
  const chosen = settings.filter((one) => one.chosen);
  const shown = settings.slice(0, SHOWN);
  const rows = [...shown, ...chosen.filter((one) => !shown.includes(one))];
  return (
    <div class="plan">
      <PlanSentence plan={plan} />
      <table class="cards">
        <thead>
          <tr>
            <th>method</th>
            <th class="number">window</th>
            <th class="number">blocks</th>
            <th class="number">workers</th>
            <th class="number">rounds</th>
            <th class="number">model calls</th>
            <th class="number">predicted</th>
            <th class="number">speedup</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((one, k) => (
            <tr key={k} class={one.chosen ? 'chosen' : ''}>
              <td data-label="method">
                {one.method} {one.chosen && <span class="tag">chosen</span>}
              </td>
              <td data-label="window" class="number">
                {one.window}
              </td>
              <td data-label="blocks" class="number">
                {one.groups > 1 ? `${one.groups} × ${one.blocks}` : one.blocks}
              </td>
              <td data-label="workers" class="number">
                {one.workers}
              </td>
              <td data-label="rounds" class="number">
                {count(one.rounds)}
              </td>
              <td data-label="model calls" class="number">
                {count(one.modelCalls)}
              </td>
              <td data-label="predicted" class="number">
                {duration(one.predictedMs)}
              </td>
              <td data-label="speedup" class="number">
                {times(one.speedup)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {settings.length > rows.length && (
        <p class="quiet">{settings.length - rows.length} slower settings are not shown.</p>
      )}
    </div>
  );
}

export function PlanSentence({ plan }: { readonly plan: Plan }) {
  const { method, window, blocks, groups, workers, reason } = plan;
  if (method === '') return null;
  const apart = groups > 1 ? `, ${groups} groups of samples side by side` : '';
  const where = `${plural(blocks, 'block')} on ${plural(workers, 'worker')}${apart}`;
  return (
    <p>
      <b>
        {method}, window {window}, {where}
      </b>
      {reason && <>: {reason}</>}
    </p>
  );
}
