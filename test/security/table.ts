/** The table of docs/SECURITY.md: what each call needs, from the rules that are in force. */
import { clientRules, fleetRules } from '../../coordinator/shell/auth/policy.ts';
import { routes } from '../../coordinator/shell/http/routes.ts';
import { jobRpcs } from './requests.ts';

export const begin = '<!-- generated: UPDATE=1 vitest run test/security/table.test.ts -->';
export const end = '<!-- end of what is generated -->';

export function authorizationTable(): string {
  const client = [...clientRules].map(([path, rule]) => {
    const scope = rule === 'open' ? 'none: open to probes' : `scope \`${rule}\``;
    const whose = jobRpcs.includes(path) ? 'jobs of its own tenant; `admin`: of all' : '';
    return `| client | \`${path}\` | ${scope} | ${whose} |`;
  });
  const worker = Object.keys(fleetRules).map(
    (rpc) => `| worker | \`/isochron.v1.Fleet/${rpc}\` | a worker's certificate or token | |`,
  );
  const http = routes.map(({ method, path, scope }) => {
    const needs = scope === 'none' ? 'none' : `scope \`${scope}\``;
    const whose = path.includes('{job}') ? 'jobs of its own tenant; `admin`: of all' : '';
    return `| HTTP | \`${method} ${path}\` | ${needs} | ${whose} |`;
  });
  const head = ['| port | call | needs | sees |', '| --- | --- | --- | --- |'];
  return [begin, '', ...head, ...client, ...worker, ...http, '', end]
    .join('\n')
    .replaceAll(/ +\|/g, ' |');
}
