/** The dashboard: takes the token, follows the address, shows a page. */
import { render } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import './styles/base.css';
import './styles/layout.css';
import './styles/parts.css';
import { takeToken } from './api/token.ts';
import * as sampler from './api/sampler.ts';
import { hrefOf, routeOf } from './data/routes.ts';
import type { Route } from './data/routes.ts';
import { ClusterPage } from './pages/cluster-page.tsx';
import { ComparePage } from './pages/compare-page.tsx';
import { JobPage } from './pages/job-page.tsx';
import { JobsPage } from './pages/jobs-page.tsx';
import { NewJobPage } from './pages/new-job-page.tsx';
import { TokenPage } from './pages/token-page.tsx';
import { CallerContext } from './ui/caller.ts';
import { answered, useConnection } from './ui/connection.ts';
import { Frame } from './ui/frame.tsx';
import { applyTheme } from './ui/theme.ts';
import { usePoll } from './ui/use-poll.ts';

const CALLER_MS = 15_000;
const nobody = { name: '', tenant: '', scopes: [] };

function Dashboard() {
  const route = useRoute();
  const connection = useConnection();
  const [entries, setEntries] = useState(0);
  // asked more often while nobody answers: it is what finds the coordinator again
  const every = connection === 'lost' ? 1_000 : CALLER_MS;
  const caller = usePoll(`caller ${entries}`, sampler.whoami, every);
  if (connection === 'unauthenticated') {
    const onToken = (): void => {
      answered();
      setEntries(entries + 1);
    };
    return <TokenPage onToken={onToken} />;
  }
  return (
    <CallerContext.Provider value={caller.value ?? nobody}>
      <Frame route={route} connection={connection} caller={caller.value ?? nobody}>
        <Page route={route} />
      </Frame>
    </CallerContext.Provider>
  );
}

function Page({ route }: { readonly route: Route }) {
  switch (route.page) {
    case 'cluster':
      return <ClusterPage />;
    case 'jobs':
      return <JobsPage />;
    case 'new':
      return <NewJobPage key={route.from} from={route.from} />;
    case 'job':
      return <JobPage key={route.job} job={route.job} />;
    case 'compare':
      return <ComparePage key={route.jobs.join()} jobs={route.jobs} />;
    case 'unknown':
      return (
        <>
          <h1>There is no such page</h1>
          <p>
            <a href={hrefOf({ page: 'cluster' })}>Cluster</a>
          </p>
        </>
      );
  }
}

function useRoute(): Route {
  const [route, setRoute] = useState(() => routeOf(location.hash));
  useEffect(() => {
    const follow = (): void => {
      takeToken();
      setRoute(routeOf(location.hash));
      window.scrollTo(0, 0);
      document.getElementById('main')?.focus({ preventScroll: true });
    };
    addEventListener('hashchange', follow);
    return () => removeEventListener('hashchange', follow);
  }, []);
  useEffect(() => {
    document.title = `${titleOf(route)} · isochron`;
  }, [route]);
  return route;
}

function titleOf(route: Route): string {
  return route.page === 'job' ? `job ${route.job.slice(0, 8)}` : route.page;
}

takeToken();
applyTheme();
const page = document.getElementById('page');
if (page) render(<Dashboard />, page);
