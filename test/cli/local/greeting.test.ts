import { describe, expect, it } from 'vitest';
import { greeting } from '../../../cli/local/greeting.ts';

const cluster = {
  client: '127.0.0.1:7400',
  worker: '127.0.0.1:7401',
  http: '127.0.0.1:7402',
  token: 'iso_secret',
};
const greeted = { cluster, workers: 2, data: './isochron-data' };

describe('what up says', () => {
  it('has the token in the address of the dashboard where somebody looks', () => {
    const address = 'http://127.0.0.1:7402/#token=iso_secret';
    expect(greeting(true, greeted, []).split('\n')).toContain(`dashboard on ${address}`);
  });

  it('has an address by TLS where there is a certificate', () => {
    const line = greeting(false, { ...greeted, cluster: { ...cluster, ca: 'PEM' } }, []);
    expect(JSON.parse(line)).toMatchObject({ dashboard: 'https://127.0.0.1:7402/' });
  });

  it('has no token where it may be kept', () => {
    const line = greeting(false, greeted, []);
    expect(line).not.toContain('iso_secret');
    expect(JSON.parse(line)).toMatchObject({ event: 'ready', dashboard: 'http://127.0.0.1:7402/' });
  });

  it('has no dashboard where there is none', () => {
    const without = { ...greeted, cluster: { ...cluster, http: undefined } };
    expect(greeting(true, without, [])).not.toMatch(/dashboard|iso_secret/);
    expect(greeting(false, without, [])).not.toContain('dashboard');
  });
});
