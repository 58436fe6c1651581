/** Pages and their addresses, all behind the `#`: the server knows one page. */

export type Route =
  | { readonly page: 'cluster' }
  | { readonly page: 'jobs' }
  | { readonly page: 'new'; readonly from: string }
  | { readonly page: 'job'; readonly job: string }
  | { readonly page: 'compare'; readonly jobs: readonly [first: string, second: string] }
  | { readonly page: 'unknown' };

export function routeOf(fragment: string): Route {
  const [first = '', ...rest] = fragment
    .replace(/^#?\/?/, '')
    .split('/')
    .map(decoded);
  const [second = '', third = ''] = rest;
  if (first === '') return { page: 'cluster' };
  if (first === 'jobs' && rest.length === 0) return { page: 'jobs' };
  if (first === 'jobs' && rest.length === 1 && second !== '') return { page: 'job', job: second };
  if (first === 'new' && rest.length <= 1) return { page: 'new', from: second };
  if (first === 'compare' && rest.length === 2) return { page: 'compare', jobs: [second, third] };
  return { page: 'unknown' };
}

export function hrefOf(route: Exclude<Route, { page: 'unknown' }>): string {
  switch (route.page) {
    case 'cluster':
      return '#/';
    case 'jobs':
      return '#/jobs';
    case 'new':
      return route.from === '' ? '#/new' : `#/new/${encodeURIComponent(route.from)}`;
    case 'job':
      return `#/jobs/${encodeURIComponent(route.job)}`;
    case 'compare':
      return `#/compare/${route.jobs.map(encodeURIComponent).join('/')}`;
  }
}

/** The token in `#token=...`, or undefined where the fragment is something else. */
export function tokenOf(fragment: string): string | undefined {
  const [, found] = /^#token=([\w.~+/=-]+)$/.exec(fragment) ?? [];
  return found;
}

/** As it is where it is no encoding: people type addresses. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
