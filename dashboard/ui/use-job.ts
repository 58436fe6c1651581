/** A job as it goes: its events while it runs, its report and samples when it is over. */
import { useCallback, useRef, useState } from 'preact/hooks';
import { download } from '../api/http.ts';
import { readJob } from '../api/replies.ts';
import type { Report } from '../api/replies.ts';
import { isRecord } from '../api/read-as.ts';
import * as sampler from '../api/sampler.ts';
import { emptyView, isOver, readTrace, withRounds, withStatus } from '../data/job-view.ts';
import type { JobView, TraceRound } from '../data/job-view.ts';
import { arrayOf, readNpy } from '../data/npy.ts';
import type { NumberArray } from '../data/npy.ts';
import { bytesOf } from '../data/residual.ts';
import type { ServerEvent } from '../api/event-stream.ts';
import { usePoll } from './use-poll.ts';
import { dataOf, useStream } from './use-stream.ts';

export interface Preview {
  readonly round: number;
  readonly samples: NumberArray;
}

export interface LiveJob {
  readonly view: JobView;
  /** The newest estimate of the samples. */
  readonly preview: Preview | undefined;
  readonly onOpen: () => void;
}

export function useLiveJob(job: string, onPreview: (preview: Preview) => void): LiveJob {
  const [view, setView] = useState<JobView>(emptyView);
  const [preview, setPreview] = useState<Preview>();
  const over = useRef(false);
  const onOpen = useCallback(() => setView((known) => ({ ...known, rounds: [] })), []);
  const onEvent = (event: ServerEvent): void => {
    const data = dataOf(event);
    if (event.event === 'status') {
      const status = readJob(data);
      over.current = isOver(status);
      setView((known) => withStatus(known, status));
    } else if (event.event === 'rounds') {
      setView((known) => withRounds(known, data));
    } else if (event.event === 'preview') {
      const found = previewOf(data);
      if (!found) return;
      setPreview(found);
      onPreview(found);
    }
  };
  useStream(sampler.eventsPath(job), { onEvent, onOpen, isOver: () => over.current });
  return { view, preview, onOpen };
}

function previewOf(data: unknown): Preview | undefined {
  if (!isRecord(data) || !Array.isArray(data['shape'])) return undefined;
  const shape = data['shape'].map(Number);
  try {
    const samples = arrayOf(shape, bytesOf(String(data['data'])).buffer);
    return { round: Number(data['round']), samples };
  } catch {
    return undefined;
  }
}

export interface FinishedJob {
  readonly report: Report | undefined;
  readonly rounds: readonly TraceRound[];
  readonly samples: NumberArray | undefined;
  readonly error: string | undefined;
}

/** Nothing is asked for while `done` is false. */
export function useFinishedJob(job: string, done: boolean): FinishedJob {
  const key = done ? job : '';
  const report = usePoll(
    `report ${key}`,
    async () => (done ? await sampler.report(job) : undefined),
    0,
  );
  const trace = usePoll(
    `trace ${key}`,
    async () => (done ? readTrace(await sampler.trace(job)) : []),
    0,
  );
  const samples = usePoll(
    `samples ${key}`,
    async () => (done ? readNpy(await download(sampler.samplesPath(job))) : undefined),
    0,
  );
  return {
    report: report.value,
    rounds: trace.value ?? [],
    samples: samples.value,
    error: report.error ?? samples.error,
  };
}
