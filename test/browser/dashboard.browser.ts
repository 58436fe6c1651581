/** The dashboard in a real browser, against a real cluster: `npm run test:browser`. */
import axe from 'axe-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Browser, Locator, Page } from 'playwright-core';
import { launch, visit, type Visit, type VisitOptions } from './chromium.ts';
import { run, serve, type Served } from './cluster.ts';

let served: Served;
let browser: Browser;
let open: Visit[] = [];

beforeAll(async () => {
  served = await serve();
  browser = await launch();
});

afterEach(async () => {
  const complaints = open.flatMap((one) => one.complaints);
  for (const { context } of open) await context.close();
  open = [];
  expect(complaints).toEqual([]);
});

afterAll(async () => {
  await browser?.close();
  await served?.close();
});

const slow = { model: 'fashion-unet', solver: 'ddpm', steps: 300, method: 'secant', window: 24 };
const quick = { model: 'maze-planner', solver: 'ddim', steps: 20, method: 'secant' };
const ends = [
  { name: 'start', value: [-0.8, -0.8] },
  { name: 'goal', value: [0.8, 0.8] },
];

async function start(hash: string, options: VisitOptions = {}): Promise<Visit> {
  const one = await visit(browser, served.url, options);
  open.push(one);
  await go(one.page, hash);
  return one;
}

async function go(page: Page, hash: string): Promise<void> {
  await page.evaluate(`location.hash = ${JSON.stringify(hash)}`);
}

/** Tab by tab, as somebody without a mouse gets there. */
async function tabTo(page: Page, target: Locator): Promise<void> {
  for (let presses = 0; presses < 60; presses++) {
    if ((await target.and(page.locator(':focus')).count()) > 0) return;
    await page.keyboard.press('Tab');
  }
  throw new Error('the keyboard does not get there');
}

async function until(condition: () => Promise<boolean>, what: string, ms = 60_000): Promise<void> {
  const deadline = performance.now() + ms;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`did not happen: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}

const pixelsOf = (page: Page): Promise<string> =>
  page.evaluate<string>(`document.querySelector('.heat-map canvas').toDataURL()`);

const roundsOf = async (page: Page): Promise<number> =>
  Number(await page.locator('.heat-map').getAttribute('data-rounds'));

describe('a job', () => {
  it('is submitted with the keyboard alone, and its heat map fills as it goes', async () => {
    const { page } = await start('#/new');
    const field = (label: string): Locator => page.getByLabel(label, { exact: true });
    await field('steps').waitFor();
    for (const [label, keys] of [
      ['solver', 'ddpm'],
      ['steps', '300'],
      ['seed', '5'],
      ['method', 'secant'],
      ['window', '24'],
      ['class', 'sneaker'],
    ] as const) {
      await tabTo(page, field(label));
      if (!['solver', 'method', 'class'].includes(label)) await page.keyboard.press('Control+A');
      await page.keyboard.type(keys);
    }
    expect(await field('solver').inputValue()).toBe('ddpm');
    await tabTo(page, page.getByRole('button', { name: 'Submit' }));
    await page.keyboard.press('Enter');
    await page.waitForURL(/#\/jobs\/\w+/);
    await until(async () => (await roundsOf(page)) >= 3, 'three rounds');
    const [before, rounds] = [await pixelsOf(page), await roundsOf(page)];
    expect(await page.locator('h1 .state').textContent()).toBe('running');
    await until(async () => (await roundsOf(page)) > rounds, 'another round');
    expect(await pixelsOf(page)).not.toBe(before);
    await page.locator('.film canvas').waitFor();
    await page.locator('h1 .state-done').waitFor({ timeout: 60_000 });
    expect(await page.locator('.job-picture').getAttribute('data-kind')).toBe('image');
    await page.getByText('speedup', { exact: true }).waitFor();
    const map = page.locator('.heat-map canvas');
    await tabTo(page, map);
    await page.keyboard.press('ArrowRight');
    expect(await page.locator('.heat-map output').textContent()).toMatch(
      /^round 1, timestep \d+: residual \d/,
    );
  });

  it('is cancelled by the second press of the button', async () => {
    const { page } = await start('#/jobs');
    const { job } = (await served.call('/v1/jobs', { ...slow, steps: 1000 })) as { job: string };
    const row = page.locator(`tr[data-job="${job}"]`);
    await row.getByRole('button', { name: 'Cancel' }).click();
    expect(await row.locator('.state-cancelled').count()).toBe(0);
    await row.getByRole('button', { name: 'Really cancel?' }).click();
    await row.locator('.state-cancelled').waitFor();
    await page.getByRole('button', { name: /^running/ }).click();
    await page.getByText('No job fits the filter.').waitFor();
  });

  it('is compared with another one, on one scale', async () => {
    const first = await run(served, { ...quick, inputs: ends, compareSequential: true });
    const second = await run(served, { ...quick, inputs: ends, seed: 1 });
    const { page } = await start('#/jobs');
    for (const job of [first, second]) await page.locator(`tr[data-job="${job}"] input`).check();
    await page.getByRole('link', { name: 'Compare two' }).click();
    await page.getByText(/^difference, first less second: RMS [1-9]/).waitFor();
    expect(await page.locator('.compare tbody tr').count()).toBeGreaterThan(10);
    const bars = page.locator('.colour-bar');
    expect(await bars.count()).toBe(2);
    expect(await bars.first().getAttribute('aria-label')).toBe(
      await bars.last().getAttribute('aria-label'),
    );
  });

  it('that the server refuses says so at the field', async () => {
    const { page, complaints } = await start('#/new');
    await page.getByLabel('steps', { exact: true }).fill('0');
    await page.getByRole('button', { name: 'Submit' }).click();
    await page.getByText('steps: found 0, expected').waitFor();
    expect(await page.getByLabel('steps', { exact: true }).getAttribute('aria-invalid')).toBe(
      'true',
    );
    // the browser itself tells of an answer of 400
    expect(complaints.splice(0)).toEqual([expect.stringMatching(/status of 400/)]);
    await page.getByLabel('steps', { exact: true }).fill('40');
    await page.getByRole('button', { name: 'Show the plan' }).click();
    await page.locator('.plan tr.chosen').first().waitFor();
  });
});

describe('the page', () => {
  it.each([
    [375, 'light'],
    [375, 'dark'],
    [1440, 'light'],
    [1440, 'dark'],
  ] as const)(
    'at %i pixels, %s: nothing is cut off, and everybody can use it',
    async (width, scheme) => {
      const { jobs } = (await served.call('/v1/jobs')) as {
        jobs: { job: string; state: string }[];
      };
      const [first, second] = jobs.filter(({ state }) => state === 'DONE').map(({ job }) => job);
      const { page } = await start('#/', { width, scheme });
      for (const [hash, there] of [
        ['#/', '.timeline canvas'],
        ['#/jobs', 'tbody tr'],
        ['#/new', '.job-form'],
        [`#/jobs/${first ?? ''}`, '.time-split'],
        [`#/compare/${first ?? ''}/${second ?? ''}`, 'figcaption'],
      ] as const) {
        await go(page, hash);
        await page.locator(there).first().waitFor();
        const wide = await page.evaluate<number>('document.documentElement.scrollWidth');
        expect([hash, wide]).toEqual([hash, width]);
        expect(await violations(page)).toEqual([]);
      }
      const theme = await page.evaluate<string>('document.documentElement.dataset.theme');
      expect(theme).toBe(scheme);
      await page.getByRole('button', { name: /^Theme/ }).click();
      expect(await page.evaluate<string>('document.documentElement.dataset.theme')).toBe('light');
    },
  );

  it('shows hostile names as text', async () => {
    const { page } = await start('#/jobs');
    const name = '<img src=x onerror=alert(1)>';
    const worker = { id: '1', name, backend: name, state: 'ready', lastError: name, models: [] };
    await page.route('**/v1/workers', (route) => route.fulfill({ json: { workers: [worker] } }));
    await go(page, '#/');
    await page.locator('td', { hasText: name }).first().waitFor();
    expect(await page.locator('main img').count()).toBe(0);
  });

  it('shows what workers did, and asks before one is drained', async () => {
    await run(served, { ...quick, inputs: ends });
    const { page } = await start('#/');
    await page.getByText(/sweeps of blocks in the last minute/).waitFor();
    const drain = page.getByRole('button', { name: 'Drain' }).first();
    await drain.click();
    await page.getByRole('button', { name: 'Really drain?' }).waitFor();
    expect(await page.locator('.state-ready').count()).toBe(2);
  });

  it('asks for a token where it has none, and keeps it out of the address', async () => {
    const one = await visit(browser, `${served.origin}/`);
    open.push(one);
    const { page, complaints } = one;
    await page.getByLabel('token').fill('iso_bad');
    await page.keyboard.press('Enter');
    await page.getByText('does not know this token').waitFor();
    // of the browser, about answers with 401
    complaints.splice(0);
    // as the address that up prints, in this tab
    await page.goto('about:blank');
    await page.goto(served.url);
    await page.locator('.state-ready').first().waitFor();
    expect(page.url()).toBe(`${served.origin}/#/`);
    expect(await page.content()).not.toContain(served.token);
    await page.reload();
    await page.locator('.state-ready').first().waitFor();
  });

  it('says that the coordinator is away, and goes on by itself', async () => {
    const { page, complaints } = await start('#/jobs');
    await page.locator('tbody tr').first().waitFor();
    await page.route('**/v1/**', (route) => route.abort());
    await page.getByText('The coordinator does not answer').waitFor();
    await page.unrouteAll({ behavior: 'ignoreErrors' });
    await page.getByText('The coordinator does not answer').waitFor({ state: 'detached' });
    complaints.splice(0);
  });
});

/** What axe finds against WCAG 2.1 A and AA. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'];
  const options = JSON.stringify({ runOnly: tags, resultTypes: ['violations'] });
  const found = await page.evaluate<{ violations: axe.Result[] }>(`axe.run(document, ${options})`);
  return found.violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html ?? ''}`);
}
