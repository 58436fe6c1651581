/**
 * Takes the pictures of docs/DASHBOARD.md from a real cluster in a real browser:
 * `npm run screenshots`. Build the dashboard first.
 */
import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { packageRoot } from '../../shared/protocol/package-root.ts';
import { launch, visit, type VisitOptions } from '../browser/chromium.ts';
import { run, serve, type Served } from '../browser/cluster.ts';

const folder = process.argv[2] ?? join(packageRoot(), 'docs', 'pictures');
const BYTES_MAX = 150 * 1024;
const wide = { width: 1440, height: 900 };
const narrow = { width: 375, height: 812 };

const sneaker = {
  model: 'fashion-unet',
  solver: 'ddim',
  steps: 50,
  guidance: 2,
  inputs: [{ name: 'class', value: 'sneaker' }],
};
const long = {
  ...sneaker,
  solver: 'ddpm',
  steps: 200,
  method: 'secant',
  window: 48,
  blocks: 4,
  seed: 7,
};
const maze = {
  model: 'maze-planner',
  solver: 'ddpm',
  steps: 100,
  samples: 4,
  method: 'secant',
  inputs: [
    { name: 'start', value: [-0.85, -0.85] },
    { name: 'goal', value: [0.85, 0.85] },
  ],
};

interface Shot extends VisitOptions {
  readonly name: string;
  readonly at: string;
  /** What must be there before it is taken. */
  readonly until: (page: Page) => Promise<unknown>;
}

async function take(browser: Browser, served: Served, shot: Shot): Promise<void> {
  const { page, context, complaints } = await visit(browser, served.url, shot);
  await page.evaluate(`location.hash = ${JSON.stringify(shot.at)}`);
  await shot.until(page);
  const path = join(folder, `dashboard-${shot.name}.png`);
  await page.screenshot({ path, fullPage: true });
  await context.close();
  const { size } = statSync(path);
  process.stdout.write(`${path} ${Math.round(size / 1024)} KiB\n`);
  if (size > BYTES_MAX) throw new Error(`${path}: found ${size} bytes, expected ${BYTES_MAX}`);
  if (complaints.length > 0) throw new Error(`${shot.name}: ${complaints.join('; ')}`);
}

/** So many rounds of the job are on the heat map. */
function rounds(least: number) {
  return async (page: Page): Promise<void> => {
    const map = page.locator('.heat-map');
    while (Number(await map.getAttribute('data-rounds')) < least) await page.waitForTimeout(50);
  };
}

async function settled(page: Page): Promise<void> {
  await page.waitForSelector('main .panel');
  await page.waitForTimeout(1_500);
}

async function submit(served: Served, request: object): Promise<string> {
  const { job } = (await served.call('/v1/jobs', request)) as { job: string };
  return job;
}

mkdirSync(folder, { recursive: true });
const served = await serve();
const browser = await launch();
try {
  const first = await run(served, { ...sneaker, method: 'secant', compareSequential: true });
  const second = await run(served, { ...sneaker, method: 'parataa', window: 12, tolerance: 0.1 });
  const planned = await run(served, maze);
  const live = await submit(served, long);
  const running = { name: 'job', at: `#/jobs/${live}`, until: rounds(11) };
  await take(browser, served, { ...running, ...wide, scheme: 'light' });
  await take(browser, served, {
    ...wide,
    name: 'cluster',
    at: '#/',
    scheme: 'dark',
    until: settled,
  });
  await served.call(`/v1/jobs/${live}/cancel`, {});
  const done = { at: `#/jobs/${first}`, until: settled };
  await take(browser, served, { ...done, ...narrow, name: 'job-narrow', scheme: 'dark' });
  const compare = { at: `#/compare/${first}/${second}`, until: settled };
  await take(browser, served, { ...compare, ...wide, name: 'compare', scheme: 'light' });
  const path = { at: `#/jobs/${planned}`, until: settled };
  await take(browser, served, { ...path, ...wide, name: 'paths', scheme: 'dark' });
  const jobs = { at: '#/jobs', until: settled };
  await take(browser, served, { ...jobs, ...narrow, name: 'jobs-narrow', scheme: 'light' });
  const form = { at: `#/new/${first}`, until: planShown };
  await take(browser, served, { ...form, ...wide, name: 'new-job', scheme: 'light' });
} finally {
  await browser.close();
  await served.close();
}

async function planShown(page: Page): Promise<void> {
  await page.getByLabel('method', { exact: true }).selectOption('auto');
  await page.getByRole('button', { name: 'Show the plan' }).click();
  await page.waitForSelector('.plan table');
}
