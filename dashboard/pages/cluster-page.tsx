/** The cluster: what is loaded, what every worker does, and what the workers are. */
import { useCallback, useState } from 'preact/hooks';
import * as sampler from '../api/sampler.ts';
import type { Load, Model, Worker } from '../api/replies.ts';
import { noActivity, withActivity } from '../data/activity.ts';
import { count, duration, plural } from '../data/format.ts';
import { rowTime } from '../data/speed.ts';
import { useMay } from '../ui/caller.ts';
import { Emulated, Empty, Figure, Panel, SureButton, Trouble } from '../ui/parts.tsx';
import { Timeline } from '../ui/timeline.tsx';
import { usePoll } from '../ui/use-poll.ts';
import { dataOf, useStream } from '../ui/use-stream.ts';
import { useAction } from '../ui/use-action.ts';

const POLL_MS = 2_000;

export function ClusterPage() {
  const workers = usePoll('workers', sampler.workers, POLL_MS);
  const load = usePoll('load', sampler.load, POLL_MS);
  const [activity, setActivity] = useState(noActivity);
  const onEvent = useCallback((event: Parameters<typeof dataOf>[0]) => {
    if (event.event !== 'activity') return;
    setActivity((known) => withActivity(known, dataOf(event), performance.now()));
  }, []);
  useStream(sampler.activityPath, { onEvent, onOpen: () => setActivity(noActivity) });
  const known = (workers.value ?? []).toSorted((a, b) => a.name.localeCompare(b.name));
  const names = known.map(({ name }) => name);
  return (
    <>
      <h1>Cluster</h1>
      {load.value && <LoadFigures load={load.value} workers={workers.value ?? []} />}
      {workers.error !== undefined && <Trouble>{workers.error}</Trouble>}
      {workers.value?.length === 0 ? (
        <Empty command="isochron worker --coordinator HOST:7401 --models DIR">
          No worker has joined yet. Start one on every machine that should compute:
        </Empty>
      ) : (
        <>
          <Panel title="Last minute">
            <Timeline activity={activity} names={names} />
          </Panel>
          <Panel title="Workers">
            <WorkerTable workers={known} onChange={workers.refresh} />
          </Panel>
        </>
      )}
    </>
  );
}

function LoadFigures({
  load,
  workers,
}: {
  readonly load: Load;
  readonly workers: readonly Worker[];
}) {
  const ready = workers.filter(({ state }) => state === 'ready').length;
  return (
    <dl class="figures panel">
      <Figure name="workers ready" value={count(ready)} note={` of ${workers.length}`} />
      <Figure name="jobs running" value={count(load.running)} />
      <Figure name="waiting" value={count(load.waiting)} />
      <Figure name="blocks held" value={count(load.blocks)} />
      <Figure name="done" value={count(load.done)} note=" since start" />
      <Figure name="failed" value={count(load.failed)} />
      <Figure name="cancelled" value={count(load.cancelled)} />
    </dl>
  );
}

function WorkerTable(props: {
  readonly workers: readonly Worker[];
  readonly onChange: () => void;
}) {
  const { trouble, act } = useAction(props.onChange);
  const mayDrain = useMay('admin');
  const drain = ({ id, name }: Worker) => act(() => sampler.drain(id || name));
  return (
    <>
      {trouble !== undefined && <Trouble>{trouble}</Trouble>}
      <table class="cards">
        <thead>
          <tr>
            <th>worker</th>
            <th>backend</th>
            <th>state</th>
            <th>speed</th>
            <th class="number">blocks</th>
            <th class="number">model calls</th>
            <th>last error</th>
            {mayDrain && (
              <th>
                <span class="visually-hidden">actions</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {props.workers.map((worker) => (
            <WorkerRow
              key={worker.id || worker.name}
              worker={worker}
              drain={mayDrain ? () => void drain(worker) : undefined}
            />
          ))}
        </tbody>
      </table>
    </>
  );
}

function WorkerRow(props: { readonly worker: Worker; readonly drain: (() => void) | undefined }) {
  const { worker, drain } = props;
  const { name, backend, state, blocks, modelCalls, lastError, emulated, models } = worker;
  return (
    <tr>
      <td data-label="worker" class="strong">
        {name}
      </td>
      <td data-label="backend">
        {backend || '–'} {emulated && <Emulated />}
      </td>
      <td data-label="state">
        <span class={`state state-${state}`}>{state}</span>
      </td>
      <td data-label="speed">
        <Speeds models={models} />
      </td>
      <td data-label="blocks" class="number">
        {count(blocks)}
      </td>
      <td data-label="model calls" class="number">
        {count(modelCalls)}
      </td>
      <td data-label="last error" class="wrap">
        {lastError || '–'}
      </td>
      {drain && (
        <td class="actions">
          <SureButton
            label="Drain"
            sure="Really drain?"
            disabled={state !== 'ready'}
            title={`${name} takes no new blocks and leaves when it holds none`}
            onSure={drain}
          />
        </td>
      )}
    </tr>
  );
}

/** Of every model: one row alone, and a row in the batch in which it costs least. */
function Speeds({ models }: { readonly models: readonly Model[] }) {
  if (models.length === 0) return <>–</>;
  return (
    <ul class="plain">
      {models.map(({ name, latencyCurve }) => {
        const { alone, best } = rowTime(latencyCurve);
        const batch = best && best.batch > 1 && `, ${duration(best.ms)} in ${best.batch}`;
        const sizes = plural(latencyCurve.length, 'batch size');
        const title = `milliseconds per row, measured when it joined: ${sizes}`;
        return (
          <li key={name} title={title}>
            {name}{' '}
            <span class="quiet">
              {duration(alone)} a row{batch}
            </span>
          </li>
        );
      })}
    </ul>
  );
}
