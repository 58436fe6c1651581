import { describe, expect, it } from 'vitest';
import { pageOf } from '../../coordinator/shell/job-list.ts';
import type { JobStatus } from '../../proto/generated/isochron/v1/JobStatus.ts';
import { limits } from '../../shared/kernel/limits.ts';

function known(count: number): JobStatus[] {
  return Array.from({ length: count }, (_, k) => ({ job: `j${k}`, client: k % 2 ? 'b' : 'a' }));
}

const all = { client: '', limit: 0, before: '' };
const ids = ({ jobs }: ReturnType<typeof pageOf>) => jobs.map(({ job }) => job);

describe('a list of jobs', () => {
  it('has the newest, oldest first, and says that there are others', () => {
    const page = pageOf(known(12), { ...all, limit: 3 });
    expect(ids(page)).toEqual(['j9', 'j10', 'j11']);
    expect(page.more).toBe(true);
  });

  it('goes back page by page to the first', () => {
    const jobs = known(9);
    const seen: (string | undefined)[] = [];
    for (let before = ''; ;) {
      const page = pageOf(jobs, { ...all, limit: 4, before });
      seen.unshift(...ids(page));
      before = ids(page)[0] ?? '';
      if (!page.more) break;
    }
    expect(seen).toEqual(jobs.map(({ job }) => job));
  });

  it('can be of one client', () => {
    expect(ids(pageOf(known(6), { ...all, client: 'b' }))).toEqual(['j1', 'j3', 'j5']);
  });

  it('is never longer than its bound', () => {
    const { jobs, more } = pageOf(known(2_000), { ...all, limit: 1e6 });
    expect([jobs.length, more]).toEqual([limits.jobsListedMax, true]);
  });

  it('is empty before a job that nobody knows', () => {
    expect(ids(pageOf(known(8), { ...all, before: 'x' }))).toEqual([]);
  });
});
