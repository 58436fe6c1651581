import { describe, expect, it } from 'vitest';
import { createRouter } from '../../../coordinator/shell/http/router.ts';
import { routes } from '../../../coordinator/shell/http/routes.ts';

const find = createRouter(routes);

describe('the routes', () => {
  it('are found by method and path, with what their path says', () => {
    expect(find('GET', '/v1/jobs').route.name).toBe('jobs');
    expect(find('POST', '/v1/jobs').route.name).toBe('submit');
    const { route, params } = find('GET', '/v1/jobs/a%20b/pictures/3.png');
    expect(route.name).toBe('picture');
    expect({ ...params }).toEqual({ job: 'a b', sample: '3' });
    expect(find('GET', '/assets/a/b.js').params).toEqual({ file: 'a/b.js' });
  });

  it('a path that none has is not found', () => {
    for (const path of [
      '/v2/jobs',
      '/v1/jobs/',
      '/v1/jobs/a/b',
      '/v1xjobs',
      '//',
      '/openapiXjson',
    ]) {
      expect(() => find('GET', path)).toThrowError(/path: found/);
    }
    expect(() => find('GET', '/v1/jobs/%ff')).toThrowError('no UTF-8');
  });

  it('a method that none has there is answered with those that some have', () => {
    for (const method of ['PUT', 'OPTIONS', 'TRACE']) {
      expect(() => find(method, '/v1/jobs')).toThrowError('expected POST, GET');
    }
  });

  it('have names and paths of their own, and a scope unless they are public', () => {
    const names = routes.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    const keys = routes.map(({ method, path }) => `${method} ${path}`);
    expect(new Set(keys).size).toBe(keys.length);
    const open = routes.filter(({ scope }) => scope === 'none').map(({ path }) => path);
    expect(open).toEqual([
      ...['/healthz', '/readyz', '/openapi.json', '/', '/assets/{*file}', '/favicon.{type}'],
    ]);
  });
});
