/** The figures of a job, while it runs and when it is done. */
import type { JobStatus, Report } from '../api/replies.ts';
import { bytes, count, duration, plural, small, times } from '../data/format.ts';
import { isOver } from '../data/job-view.ts';
import type { JobView } from '../data/job-view.ts';
import { Emulated, Figure } from '../ui/parts.tsx';

interface FiguresProps {
  readonly status: JobStatus;
  readonly report: Report | undefined;
  readonly view: JobView;
}

export function JobFigures({ status, report, view }: FiguresProps) {
  if (report) return <DoneFigures report={report} />;
  const { rounds, modelCalls, residual, elapsedMs, frontier, rows, steps, method } = status;
  const all = rows || steps;
  const estimate = view.estimates.at(-1)?.value;
  return (
    <dl class="figures panel">
      <Figure name="method" value={method || 'auto'} />
      <Figure name="rounds" value={count(rounds)} />
      <Figure
        name="frozen"
        value={`${count(Math.max(0, frontier))} / ${count(all)}`}
        note={
          isOver(status) ? undefined : (
            <progress max={all} value={frontier} aria-label="timesteps frozen" />
          )
        }
      />
      <Figure name="model calls" value={count(modelCalls)} />
      <Figure name="largest residual" value={residual > 0 ? small(residual) : '–'} />
      <Figure name="error estimate" value={small(estimate)} />
      <Figure name="wall clock" value={duration(elapsedMs)} />
    </dl>
  );
}

function DoneFigures({ report }: { readonly report: Report }) {
  const { method, window, rounds, modelCalls, wallMs, plan, sequential, tolerance } = report;
  const predicted = plan.predictedMs;
  const rows = report.rows || report.steps;
  const perSample = modelCalls / (rows * Math.max(1, report.samples));
  return (
    <dl class="figures panel">
      <Figure name="method" value={method} note={` window ${window}`} />
      <Figure name="rounds" value={count(rounds)} note={` for ${count(rows)} timesteps`} />
      <Figure
        name="model calls"
        value={count(modelCalls)}
        note={` ${times(perSample)} sequential`}
      />
      <Figure
        name="wall clock"
        value={duration(wallMs)}
        note={predicted !== undefined && ` predicted ${duration(predicted)}`}
      />
      <Figure
        name="speedup"
        value={
          <>
            {sequential ? times(sequential.wallMs / wallMs) : '–'} {report.emulated && <Emulated />}
          </>
        }
        note={sequential ? ` sequential ${duration(sequential.wallMs)}` : ' not compared'}
      />
      <Figure
        name={sequential ? 'true RMS error' : 'error estimate'}
        value={small(sequential?.rmsError ?? report.errorEstimate)}
        note={
          sequential ? ` estimate ${small(report.errorEstimate)}` : ` tolerance ${small(tolerance)}`
        }
      />
      <Figure
        name="bytes moved"
        value={bytes(report.bytesToWorkers + report.bytesFromWorkers)}
        note={` ${plural(report.workers, 'worker')}, ${plural(report.blocks, 'block')}`}
      />
    </dl>
  );
}
