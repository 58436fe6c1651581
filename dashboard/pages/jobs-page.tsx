/** Jobs: what waits, runs and has ended; cancel some, compare two. */
import { useState } from 'preact/hooks';
import * as sampler from '../api/sampler.ts';
import type { JobState, JobStatus } from '../api/replies.ts';
import { count, duration, shortId, small } from '../data/format.ts';
import { isOver } from '../data/job-view.ts';
import { hrefOf } from '../data/routes.ts';
import { useMay } from '../ui/caller.ts';
import { Empty, Panel, StateMark, SureButton, Trouble } from '../ui/parts.tsx';
import { usePoll } from '../ui/use-poll.ts';
import { useAction } from '../ui/use-action.ts';

const POLL_MS = 1_000;
const PAGE = 50;
const filters = ['all', 'QUEUED', 'RUNNING', 'DONE', 'FAILED', 'CANCELLED'] as const;
type Filter = (typeof filters)[number];

export function JobsPage() {
  const [limit, setLimit] = useState(PAGE);
  const jobs = usePoll(`jobs ${limit}`, () => sampler.jobs(limit), POLL_MS);
  const [filter, setFilter] = useState<Filter>('all');
  const [text, setText] = useState('');
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const all = [...(jobs.value?.jobs ?? [])].reverse();
  const shown = all.filter((job) => fits(job, filter, text));
  const choose = (job: string): void =>
    setChosen((before) =>
      before.includes(job) ? before.filter((one) => one !== job) : [...before, job].slice(-2),
    );
  return (
    <>
      <div class="title-line">
        <h1>Jobs</h1>
        <a class="button primary" href={hrefOf({ page: 'new', from: '' })}>
          New job
        </a>
      </div>
      {jobs.error !== undefined && <Trouble>{jobs.error}</Trouble>}
      {jobs.value && all.length === 0 ? (
        <Empty command="isochron submit --model MODEL --solver ddim --steps 50 --out out">
          No jobs yet. Submit one with “New job”, or from a terminal:
        </Empty>
      ) : (
        <Panel title="Queue and history" aside={<CompareLink chosen={chosen} />}>
          <Filters {...{ filter, setFilter, text, setText, all }} />
          {jobs.value && shown.length === 0 && <p class="quiet">No job fits the filter.</p>}
          <JobTable jobs={shown} chosen={chosen} choose={choose} onChange={jobs.refresh} />
          {jobs.value?.more === true && (
            <button type="button" class="button" onClick={() => setLimit(limit + PAGE)}>
              Older jobs
            </button>
          )}
        </Panel>
      )}
    </>
  );
}

function fits({ state, job, model, client }: JobStatus, filter: Filter, text: string): boolean {
  const wanted = text.trim().toLowerCase();
  const words = `${job} ${model} ${client}`.toLowerCase();
  return (filter === 'all' || state === filter) && words.includes(wanted);
}

function CompareLink({ chosen }: { readonly chosen: readonly string[] }) {
  const [first, second] = chosen;
  if (first === undefined || second === undefined) {
    return <span class="quiet">choose two finished jobs to compare</span>;
  }
  return (
    <a class="button primary" href={hrefOf({ page: 'compare', jobs: [first, second] })}>
      Compare two
    </a>
  );
}

function Filters(props: {
  readonly filter: Filter;
  readonly setFilter: (filter: Filter) => void;
  readonly text: string;
  readonly setText: (text: string) => void;
  readonly all: readonly JobStatus[];
}) {
  const number = (state: Filter): number =>
    state === 'all' ? props.all.length : props.all.filter((job) => job.state === state).length;
  return (
    <div class="filters">
      <div class="choices" role="group" aria-label="State">
        {filters.map((state) => (
          <button
            key={state}
            type="button"
            aria-pressed={props.filter === state}
            onClick={() => props.setFilter(state)}
          >
            {state.toLowerCase()} <span class="quiet">{number(state)}</span>
          </button>
        ))}
      </div>
      <input
        type="search"
        placeholder="id, model or client"
        aria-label="Filter by id, model or client"
        value={props.text}
        onInput={(event) => props.setText(event.currentTarget.value)}
      />
    </div>
  );
}

interface TableProps {
  readonly jobs: readonly JobStatus[];
  readonly chosen: readonly string[];
  readonly choose: (job: string) => void;
  readonly onChange: () => void;
}

function JobTable({ jobs, chosen, choose, onChange }: TableProps) {
  const maySubmit = useMay('submit');
  const { trouble, act } = useAction(onChange);
  const cancel = (job: string) => act(() => sampler.cancel(job));
  return (
    <>
      {trouble !== undefined && <Trouble>{trouble}</Trouble>}
      <table class="cards jobs">
        <thead>
          <tr>
            <th>
              <span class="visually-hidden">compare</span>
            </th>
            <th>job</th>
            <th>state</th>
            <th>model</th>
            <th>sampler</th>
            <th>method</th>
            <th class="number">rounds</th>
            <th class="number">model calls</th>
            <th class="number">residual</th>
            <th class="number">time</th>
            <th>client</th>
            <th>
              <span class="visually-hidden">actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {jobs.map((job) => (
            <JobRow
              key={job.job}
              job={job}
              chosen={chosen.includes(job.job)}
              choose={() => choose(job.job)}
              cancel={maySubmit ? () => void cancel(job.job) : undefined}
            />
          ))}
        </tbody>
      </table>
    </>
  );
}

function JobRow(props: {
  readonly job: JobStatus;
  readonly chosen: boolean;
  readonly choose: () => void;
  readonly cancel: (() => void) | undefined;
}) {
  const { job, chosen, choose, cancel } = props;
  const done = job.state === 'DONE';
  return (
    <tr data-job={job.job}>
      <td class="pick">
        {done && (
          <label>
            <input
              type="checkbox"
              checked={chosen}
              aria-label={`compare job ${shortId(job.job)}`}
              onChange={choose}
            />
            <span class="visually-hidden">compare</span>
          </label>
        )}
      </td>
      <td data-label="job">
        <a class="mono" href={hrefOf({ page: 'job', job: job.job })} title={job.job}>
          {shortId(job.job)}
        </a>
      </td>
      <td data-label="state" class="wrap">
        <StateMark state={job.state} /> <Progress job={job} />
      </td>
      <td data-label="model" class="wrap">
        {job.model}
      </td>
      <td data-label="sampler">
        {job.solver}-{job.steps}
        {job.samples > 1 && <span class="quiet"> × {count(job.samples)}</span>}
      </td>
      <td data-label="method">{job.method || 'auto'}</td>
      <td data-label="rounds" class="number">
        {count(job.rounds)}
      </td>
      <td data-label="model calls" class="number">
        {count(job.modelCalls)}
      </td>
      <td data-label="residual" class="number">
        {job.residual > 0 ? small(job.residual) : '–'}
      </td>
      <td data-label="time" class="number">
        {job.elapsedMs > 0 ? duration(job.elapsedMs) : '–'}
      </td>
      <td data-label="client" class="wrap">
        {job.client || '–'}
      </td>
      <td class="actions">
        {!isOver(job) && cancel && (
          <SureButton label="Cancel" sure="Really cancel?" onSure={cancel} />
        )}
      </td>
    </tr>
  );
}

const ended: Partial<Record<JobState, true>> = { DONE: true, CANCELLED: true };

/** How far a running job is; why one waits or failed. */
function Progress({ job }: { readonly job: JobStatus }) {
  const { state, frontier, rows, steps, message } = job;
  const all = rows || steps;
  if (state === 'RUNNING' && all > 0) {
    return (
      <progress max={all} value={frontier} aria-label={`${frontier} of ${all} timesteps frozen`} />
    );
  }
  return ended[state] || message === '' ? null : <span class="quiet">{message}</span>;
}
