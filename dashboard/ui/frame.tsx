/** What is around every page: names, ways, the connection, the theme. */
import type { ComponentChildren } from 'preact';
import type { Caller } from '../api/replies.ts';
import { hrefOf } from '../data/routes.ts';
import type { Route } from '../data/routes.ts';
import type { Connection } from './connection.ts';
import { useTheme } from './theme.ts';

interface FrameProps {
  readonly route: Route;
  readonly connection: Connection;
  readonly caller: Caller;
  readonly children: ComponentChildren;
}

const themeSigns = { system: '◐', light: '☀', dark: '☾' } as const;

export function Frame({ route, connection, caller, children }: FrameProps) {
  const [theme, nextTheme] = useTheme();
  const ways = [
    { page: 'cluster', name: 'Cluster', href: hrefOf({ page: 'cluster' }) },
    { page: 'jobs', name: 'Jobs', href: hrefOf({ page: 'jobs' }) },
    { page: 'new', name: 'New job', href: hrefOf({ page: 'new', from: '' }) },
  ] as const;
  return (
    <>
      <button type="button" class="skip" onClick={() => document.getElementById('main')?.focus()}>
        Skip to the page
      </button>
      <header class="top">
        <a class="brand" href={hrefOf({ page: 'cluster' })}>
          <Mark /> isochron
        </a>
        <nav aria-label="Pages">
          {ways.map(({ page, name, href }) => (
            <a key={page} href={href} aria-current={route.page === page ? 'page' : undefined}>
              {name}
            </a>
          ))}
        </nav>
        <div class="top-end">
          {caller.name !== '' && <CallerName caller={caller} />}
          <button
            type="button"
            class="theme"
            title={`theme: ${theme}`}
            aria-label={`Theme: ${theme}. Press for the next one.`}
            onClick={nextTheme}
          >
            {themeSigns[theme]}
          </button>
        </div>
      </header>
      <div role="status" class="connection">
        {connection === 'lost' && (
          <p class="lost">
            The coordinator does not answer. What is shown may be old; the page goes on by itself
            when it is back.
          </p>
        )}
      </div>
      <main id="main" tabIndex={-1}>
        {children}
      </main>
    </>
  );
}

function CallerName({ caller }: { readonly caller: Caller }) {
  const { name, tenant, scopes } = caller;
  return (
    <span class="caller quiet" title={`tenant ${tenant}; may ${scopes.join(', ')}`}>
      {name}
    </span>
  );
}

/** Three rows of a window that rolls to the right. */
function Mark() {
  return (
    <svg width="20" height="20" viewBox="0 0 32 32" aria-hidden="true">
      <rect x="1" y="4" width="30" height="6" rx="1.5" fill="#d9a400" />
      <rect x="8" y="13" width="23" height="6" rx="1.5" fill="#21918c" />
      <rect x="17" y="22" width="14" height="6" rx="1.5" fill="#7a5fc0" />
    </svg>
  );
}
