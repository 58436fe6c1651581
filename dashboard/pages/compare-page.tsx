/** Two results side by side, on the same scales. */
import { useState } from 'preact/hooks';
import * as sampler from '../api/sampler.ts';
import type { JobStatus, Report } from '../api/replies.ts';
import { bytes, count, duration, shortId, small, times } from '../data/format.ts';
import { scaleOf } from '../data/heat-map.ts';
import { hrefOf } from '../data/routes.ts';
import { differenceOf, kindOf, sampleOf } from '../data/samples.ts';
import type { Look } from '../data/samples.ts';
import { DifferenceView } from '../ui/difference-view.tsx';
import { HeatMap } from '../ui/heat-map.tsx';
import { Emulated, Panel, Trouble } from '../ui/parts.tsx';
import { SamplesView } from '../ui/samples-view.tsx';
import { useFinishedJob } from '../ui/use-job.ts';
import type { FinishedJob } from '../ui/use-job.ts';
import { usePoll } from '../ui/use-poll.ts';

type Two<T> = readonly [first: T, second: T];

export function ComparePage({ jobs }: { readonly jobs: Two<string> }) {
  const states = [useStatus(jobs[0]), useStatus(jobs[1])] as const;
  const first = useFinishedJob(jobs[0], states[0].status?.state === 'DONE');
  const second = useFinishedJob(jobs[1], states[1].status?.state === 'DONE');
  const troubles = states.flatMap(({ status, error }, k) => {
    const unfinished = status && status.state !== 'DONE';
    const words = `job ${shortId(jobs[k] ?? '')} is ${status?.state.toLowerCase() ?? ''}`;
    return error ?? (unfinished ? `${words}: only finished jobs can be compared` : []);
  });
  return (
    <>
      <h1>Compare</h1>
      {[...troubles, first.error, second.error]
        .flatMap((text) => text ?? [])
        .map((text) => (
          <Trouble key={text}>{text}</Trouble>
        ))}
      {first.report && second.report && (
        <Compared two={[first, second]} reports={[first.report, second.report]} />
      )}
    </>
  );
}

function useStatus(job: string): { status: JobStatus | undefined; error: string | undefined } {
  const { value, error } = usePoll(`job ${job}`, () => sampler.job(job), 0);
  return { status: value, error };
}

function Compared(props: { readonly two: Two<FinishedJob>; readonly reports: Two<Report> }) {
  const { two, reports } = props;
  const scale = scaleOf(two[0].rounds, two[1].rounds);
  return (
    <div class="two-grid">
      <div class="column">
        <Panel title="Figures">
          <FiguresTable reports={reports} />
        </Panel>
        <Panel title="Samples">
          <SamplesCompared two={two} reports={reports} />
        </Panel>
      </div>
      <div class="column">
        {two.map(({ rounds }, k) => {
          const report = reports[k === 0 ? 0 : 1];
          return (
            <Panel key={k} title={`Convergence of ${shortId(report.job)}`}>
              <HeatMap
                name={`Convergence of ${shortId(report.job)}`}
                {...{ rounds, scale, steps: report.rows || report.steps }}
              />
            </Panel>
          );
        })}
      </div>
    </div>
  );
}

interface Row {
  readonly name: string;
  readonly of: (report: Report) => number | string | undefined;
  readonly show?: (value: number | undefined) => string;
}

const rows: readonly Row[] = [
  { name: 'model', of: ({ model }) => model },
  { name: 'sampler', of: ({ solver, steps }) => `${solver}-${steps}` },
  { name: 'seed', of: ({ seed }) => String(seed) },
  { name: 'samples', of: ({ samples }) => String(samples) },
  { name: 'method', of: ({ method }) => method },
  { name: 'window', of: ({ window }) => window, show: count },
  { name: 'blocks', of: ({ blocks }) => blocks, show: count },
  { name: 'workers', of: ({ workers }) => workers, show: count },
  { name: 'rounds', of: ({ rounds }) => rounds, show: count },
  { name: 'model calls', of: ({ modelCalls }) => modelCalls, show: count },
  { name: 'wall clock', of: ({ wallMs }) => wallMs, show: duration },
  {
    name: 'speedup',
    of: ({ sequential, wallMs }) => sequential && sequential.wallMs / wallMs,
    show: times,
  },
  { name: 'tolerance', of: ({ tolerance }) => tolerance, show: small },
  { name: 'error estimate', of: ({ errorEstimate }) => errorEstimate, show: small },
  { name: 'true RMS error', of: ({ sequential }) => sequential?.rmsError, show: small },
  { name: 'largest residual', of: ({ residualMax }) => residualMax, show: small },
  { name: 'bytes moved', of: (one) => one.bytesToWorkers + one.bytesFromWorkers, show: bytesShown },
];

function bytesShown(value: number | undefined): string {
  return value === undefined ? '–' : bytes(value);
}

function FiguresTable({ reports }: { readonly reports: Two<Report> }) {
  return (
    <table class="compare">
      <thead>
        <tr>
          <th>
            <span class="visually-hidden">figure</span>
          </th>
          {reports.map(({ job, emulated }) => (
            <th key={job} class="number">
              <a class="mono" href={hrefOf({ page: 'job', job })}>
                {shortId(job)}
              </a>{' '}
              {emulated && <Emulated />}
            </th>
          ))}
          <th class="number">second / first</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <FigureRow key={row.name} row={row} reports={reports} />
        ))}
      </tbody>
    </table>
  );
}

function FigureRow({ row, reports }: { readonly row: Row; readonly reports: Two<Report> }) {
  const values = reports.map(row.of);
  const [first, second] = values;
  const same = first === second;
  const ratio =
    typeof first === 'number' && typeof second === 'number' && first > 0
      ? second / first
      : undefined;
  return (
    <tr class={same ? 'same' : ''}>
      <th scope="row">{row.name}</th>
      {values.map((value, k) => (
        <td key={k} class="number">
          {typeof value === 'string' ? value : (row.show ?? small)(value)}
        </td>
      ))}
      <td class="number">{same ? '=' : ratio === undefined ? 'differs' : times(ratio)}</td>
    </tr>
  );
}

function SamplesCompared({
  two,
  reports,
}: {
  readonly two: Two<FinishedJob>;
  reports: Two<Report>;
}) {
  const [sample, setSample] = useState(0);
  const [first, second] = two.map(({ samples }) => samples);
  if (!first || !second) return <p class="quiet placeholder">Loading the samples.</p>;
  const look = lookOf(reports[0]);
  const count = Math.min(first.shape[0] ?? 0, second.shape[0] ?? 0);
  const same = reports[0].sampleShape.join() === reports[1].sampleShape.join();
  const shown = Math.min(sample, count - 1);
  return (
    <>
      {count > 1 && (
        <label class="sample-choice">
          sample{' '}
          <input
            type="number"
            min={0}
            max={count - 1}
            value={shown}
            onInput={(event) =>
              setSample(Math.max(0, Math.floor(Number(event.currentTarget.value))))
            }
          />{' '}
          of 0 to {count - 1}
        </label>
      )}
      <div class="three-grid">
        {[first, second].map((samples, k) => (
          <figure key={k}>
            <SamplesView
              {...{ samples, only: shown, look: lookOf(reports[k === 0 ? 0 : 1]) }}
              label={`Sample ${shown} of ${shortId(reports[k === 0 ? 0 : 1].job)}`}
            />
            <figcaption>
              <span class="mono">{shortId(reports[k === 0 ? 0 : 1].job)}</span>{' '}
              {reports[k === 0 ? 0 : 1].method}
              {kindOf(look) === 'latents' && ', latents in false colours'}
            </figcaption>
          </figure>
        ))}
        {same ? (
          <DifferenceView
            look={look}
            difference={differenceOf(
              sampleOf(first, look, shown),
              sampleOf(second, look, shown),
              look,
            )}
          />
        ) : (
          <p class="quiet placeholder">Samples of different shapes have no difference.</p>
        )}
      </div>
    </>
  );
}

function lookOf({ sampleShape, valueMinimum, valueMaximum, latents }: Report): Look {
  return { shape: sampleShape, range: [valueMinimum, valueMaximum], latents };
}
