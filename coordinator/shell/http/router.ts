/** From a request's method and path to its route. */
import { HttpError } from './http-status.ts';
import type { Route } from './route.ts';

export interface Found {
  readonly route: Route;
  /** What stands in the path where the route has names. */
  readonly params: Readonly<Record<string, string>>;
}

/** @returns what finds a route. @throws HttpError NOT_FOUND, METHOD_NOT_ALLOWED */
export function createRouter(routes: readonly Route[]): (method: string, path: string) => Found {
  const patterns = routes.map((route) => ({ route, pattern: patternOf(route.path) }));
  return (method, path) => {
    const fitting = patterns.flatMap(({ route, pattern }) => {
      const match = pattern.exec(path);
      return match ? [{ route, groups: match.groups ?? {} }] : [];
    });
    const own = fitting.find(({ route }) => route.method === method);
    if (own) return { route: own.route, params: decoded(own.groups) };
    if (fitting.length === 0) {
      const found = JSON.stringify(path.slice(0, 200));
      throw new HttpError('NOT_FOUND', `path: found ${found}, expected one of /openapi.json`);
    }
    const allow = fitting.map(({ route }) => route.method).join(', ');
    const text = `method: found ${method}, expected ${allow}`;
    throw new HttpError('METHOD_NOT_ALLOWED', text, { allow });
  };
}

/** A name in braces is one part of the path; one with a star before it is all that is left. */
function patternOf(path: string): RegExp {
  const pattern = path
    .replace(/[.]/g, '\\.')
    .replace(/\{\*(\w+)\}/g, '(?<$1>.+)')
    .replace(/\{(\w+)\}/g, '(?<$1>[^/]+)');
  return new RegExp(`^${pattern}$`);
}

function decoded(groups: Readonly<Record<string, string>>): Record<string, string> {
  try {
    const entries = Object.entries(groups);
    return Object.fromEntries(entries.map(([name, text]) => [name, decodeURIComponent(text)]));
  } catch {
    throw new HttpError('NOT_FOUND', 'path: found a part that is no UTF-8');
  }
}
