/** The samples of a job: as they are now, how the first one formed, and what latents decode to. */
import { useEffect, useState } from 'preact/hooks';
import type { JobStatus } from '../api/replies.ts';
import { download } from '../api/http.ts';
import * as sampler from '../api/sampler.ts';
import { count } from '../data/format.ts';
import { isOver } from '../data/job-view.ts';
import type { NumberArray } from '../data/npy.ts';
import { kindOf } from '../data/samples.ts';
import type { Look } from '../data/samples.ts';
import { troubleOf } from '../ui/connection.ts';
import { FilmStrip } from '../ui/film-strip.tsx';
import type { Still } from '../ui/film-strip.tsx';
import { SamplesView, TILES_MAX } from '../ui/samples-view.tsx';
import type { Ends } from '../ui/samples-view.tsx';

interface PictureProps {
  readonly status: JobStatus;
  readonly samples: NumberArray | undefined;
  readonly stills: readonly Still[];
  readonly look: Look;
  readonly ends: Ends;
}

export function JobPicture({ status, samples, stills, look, ends }: PictureProps) {
  const kind = kindOf(look);
  const decoded = status.state === 'DONE' && look.latents;
  if (!samples) {
    const words = isOver(status)
      ? 'This job has no samples.'
      : 'The first estimate comes with the first round.';
    return <p class="quiet placeholder">{words}</p>;
  }
  return (
    <div class="job-picture" data-kind={kind}>
      {decoded && <Decoded job={status.job} samples={Math.min(4, status.samples)} />}
      <SamplesView
        {...{ samples, look, ends }}
        widthMax={decoded ? 160 : 520}
        label={`${kind === 'latents' ? 'Latents' : 'Samples'} of the job`}
      />
      {kind === 'latents' && <p class="note-line">latents in false colours</p>}
      {kind === 'path' && (ends.start ?? ends.goal) && (
        <p class="note-line">
          <span class="chip chip-start" /> start <span class="chip chip-goal" /> goal
        </p>
      )}
      {(samples.shape[0] ?? 0) > TILES_MAX && (
        <p class="note-line">
          the first {TILES_MAX} of {count(samples.shape[0])}
        </p>
      )}
      <FilmStrip {...{ stills, look, ends }} />
    </div>
  );
}

/** What a worker makes of the latents. */
function Decoded({ job, samples }: { readonly job: string; readonly samples: number }) {
  const [urls, setUrls] = useState<readonly string[]>([]);
  const [trouble, setTrouble] = useState<string>();
  useEffect(() => {
    const left = new AbortController();
    const made: string[] = [];
    const fetchAll = async (): Promise<void> => {
      for (let sample = 0; sample < samples; sample++) {
        const file = await download(sampler.picturePath(job, sample), left.signal);
        made.push(URL.createObjectURL(new Blob([file], { type: 'image/png' })));
        setUrls([...made]);
      }
    };
    fetchAll().catch((error: unknown) => {
      if (!left.signal.aborted) setTrouble(troubleOf(error));
    });
    return () => {
      left.abort();
      made.forEach((url) => URL.revokeObjectURL(url));
    };
  }, [job, samples]);
  return (
    <>
      {trouble !== undefined && <p class="quiet">{trouble}</p>}
      {urls.map((url, k) => (
        <img key={url} class="decoded" src={url} alt={`sample ${k} of the job`} />
      ))}
    </>
  );
}
