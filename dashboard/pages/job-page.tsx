/** One job: its picture as it forms, how it converges, what it cost. */
import { useCallback, useState } from 'preact/hooks';
import * as sampler from '../api/sampler.ts';
import type { JobStatus, Model, Report } from '../api/replies.ts';
import { numbersOf } from '../data/earlier-request.ts';
import { shortId } from '../data/format.ts';
import { isOver } from '../data/job-view.ts';
import type { JobView } from '../data/job-view.ts';
import { hrefOf } from '../data/routes.ts';
import { sampleOf } from '../data/samples.ts';
import type { Look } from '../data/samples.ts';
import { useMay } from '../ui/caller.ts';
import { Curves } from '../ui/curves.tsx';
import { withStill } from '../ui/film-strip.tsx';
import type { Still } from '../ui/film-strip.tsx';
import { HeatMap } from '../ui/heat-map.tsx';
import { Emulated, Panel, StateMark, SureButton, Trouble } from '../ui/parts.tsx';
import { PlanSentence } from '../ui/plan-table.tsx';
import type { Ends } from '../ui/samples-view.tsx';
import { TimeSplitBar } from '../ui/time-split.tsx';
import { useFinishedJob, useLiveJob } from '../ui/use-job.ts';
import type { Preview } from '../ui/use-job.ts';
import { usePoll } from '../ui/use-poll.ts';
import { useAction, type Action } from '../ui/use-action.ts';
import { JobFigures } from './job-figures.tsx';
import { JobPicture } from './job-picture.tsx';

export function JobPage({ job }: { readonly job: string }) {
  const [stills, setStills] = useState<readonly Still[]>([]);
  const models = usePoll('models', sampler.models, 0);
  const request = usePoll(`request ${job}`, () => sampler.request(job), 0);
  const first = usePoll(`job ${job}`, () => sampler.job(job), 0);
  const onPreview = useCallback(({ round, samples }: Preview) => {
    const look = { shape: samples.shape.slice(1), range: [0, 1] as const, latents: false };
    setStills((known) => withStill(known, { round, sample: sampleOf(samples, look, 0).slice() }));
  }, []);
  const { view, preview } = useLiveJob(job, onPreview);
  const status = view.status ?? first.value;
  const finished = useFinishedJob(job, status?.state === 'DONE');
  if (first.error !== undefined && !status) return <UnknownJob job={job} error={first.error} />;
  if (!status) return <h1>Job {shortId(job)}</h1>;
  const model = models.value?.find(({ name }) => name === status.model);
  const rounds = view.rounds.length > 0 ? view.rounds : finished.rounds;
  const steps = status.rows || status.steps;
  const samples = finished.samples ?? preview?.samples;
  const tolerance = Number(finished.report?.tolerance ?? request.value?.['tolerance'] ?? 0);
  return (
    <>
      <JobHead status={status} report={finished.report} />
      <JobTrouble status={status} error={finished.error} />
      <JobFigures status={status} report={finished.report} view={view} />
      <div class="job-grid">
        <div class="column">
          <Panel title="Convergence">
            <HeatMap
              name="Convergence of the job"
              {...{ rounds, steps, blocks: view.blocks, running: !isOver(status) }}
            />
          </Panel>
          <Panel title="Residual and error estimate" last>
            <Curves {...{ rounds, tolerance }} estimates={estimatesOf(view, finished.report)} />
          </Panel>
        </div>
        <div class="column">
          <Panel title="Samples" aside={captionOf(status, preview, finished.samples !== undefined)}>
            <JobPicture
              {...{ status, samples, stills, ends: endsOf(request.value) }}
              look={lookOf(finished.report, model, samples?.shape)}
            />
          </Panel>
          <JobEnd status={status} report={finished.report} />
        </div>
      </div>
    </>
  );
}

function UnknownJob({ job, error }: { readonly job: string; readonly error: string }) {
  return (
    <>
      <h1>Job {shortId(job)}</h1>
      <Trouble>{error}</Trouble>
      <p>
        <a href={hrefOf({ page: 'jobs' })}>All jobs</a>
      </p>
    </>
  );
}

function JobHead({ status, report }: { readonly status: JobStatus; report: Report | undefined }) {
  const maySubmit = useMay('submit');
  const { trouble, act } = useAction();
  const { job, state, model, solver, steps, samples } = status;
  const mayCancel = !isOver(status) && maySubmit;
  return (
    <>
      <div class="title-line">
        <div>
          <h1>
            Job <span class="mono">{shortId(job)}</span> <StateMark state={state} />
            {report?.emulated && <Emulated />}
          </h1>
          <p class="subtitle">
            {model}, {solver}-{steps}, {samples === 1 ? '1 sample' : `${samples} samples`}
            <span class="quiet mono id"> {job}</span>
          </p>
        </div>
        <div class="buttons">
          {state === 'DONE' && <Downloads job={job} act={act} />}
          {maySubmit && (
            <a class="button" href={hrefOf({ page: 'new', from: job })}>
              Change and run again
            </a>
          )}
          {mayCancel && (
            <SureButton
              label="Cancel job"
              sure="Really cancel?"
              onSure={() => void act(() => sampler.cancel(job))}
            />
          )}
        </div>
      </div>
      {trouble !== undefined && <Trouble>{trouble}</Trouble>}
    </>
  );
}

function Downloads(props: { readonly job: string; readonly act: Action['act'] }) {
  const { job, act } = props;
  const save = (path: string, name: string) => (): void => void act(() => sampler.save(path, name));
  return (
    <>
      <button
        type="button"
        class="button"
        onClick={save(sampler.samplesPath(job), `${shortId(job)}-samples.npy`)}
      >
        samples.npy
      </button>
      <button
        type="button"
        class="button"
        onClick={save(sampler.resultPath(job), `${shortId(job)}-result.json`)}
      >
        result.json
      </button>
    </>
  );
}

function JobTrouble({ status, error }: { readonly status: JobStatus; error: string | undefined }) {
  const { state, message, errorCode } = status;
  if (state === 'FAILED') {
    return (
      <Trouble>
        <b>{errorCode}</b> {message}
      </Trouble>
    );
  }
  if (error !== undefined) return <Trouble>{error}</Trouble>;
  return message === '' ? null : <p class="notice">{message}</p>;
}

function JobEnd({ status, report }: { readonly status: JobStatus; report: Report | undefined }) {
  if (!report) {
    return (
      <Panel title="Time split and plan" last>
        <p class="quiet">
          {isOver(status) ? 'A job without a result has none.' : 'Known when the job is done.'}
        </p>
      </Panel>
    );
  }
  return (
    <Panel title="Time split and plan" last>
      <TimeSplitBar timeMs={report.timeMs} />
      <PlanSentence plan={report.plan} />
    </Panel>
  );
}

function captionOf(status: JobStatus, preview: Preview | undefined, final: boolean) {
  if (final) return <span class="quiet">final</span>;
  if (!preview) return undefined;
  const what = isOver(status) ? 'last estimate' : 'estimate';
  return <span class="quiet">{`${what}, round ${preview.round}`}</span>;
}

function lookOf(
  report: Report | undefined,
  model: Model | undefined,
  shape: readonly number[] | undefined,
): Look {
  const about = report ?? model;
  const named = about && about.sampleShape.length > 0 ? about.sampleShape : undefined;
  return {
    shape: named ?? shape?.slice(1) ?? [],
    range: [about?.valueMinimum ?? -1, about?.valueMaximum ?? 1],
    latents: report?.latents ?? model?.decodesLatents ?? false,
  };
}

function estimatesOf({ estimates }: JobView, report: Report | undefined) {
  if (!report || !(report.errorEstimate > 0)) return estimates;
  const before = estimates.filter(({ round }) => round < report.rounds);
  return [...before, { round: report.rounds, value: report.errorEstimate }];
}

/** Where a path should begin and end, if the request says so. */
function endsOf(request: Record<string, unknown> | undefined): Ends {
  const inputs = Array.isArray(request?.['inputs']) ? (request['inputs'] as unknown[]) : [];
  const named = (name: string): readonly number[] | undefined => {
    const found = inputs.find((one) => (one as { name?: unknown } | null)?.name === name);
    return numbersOf(found);
  };
  return { start: named('start'), goal: named('goal') };
}
