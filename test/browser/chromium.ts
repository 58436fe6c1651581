/** A real browser for tests and screenshots: Debian's chromium, driven by playwright-core. */
import { existsSync } from 'node:fs';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';

const chromiumPath = process.env['ISOCHRON_CHROMIUM'] ?? '/usr/bin/chromium';

/** It asks nobody for anything but the page. Each launch has a profile of its own. */
const args = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export async function launch(): Promise<Browser> {
  if (!existsSync(chromiumPath)) {
    throw new Error(`found no chromium at ${chromiumPath}: apt-get install chromium`);
  }
  return chromium.launch({ executablePath: chromiumPath, args });
}

/** Runs in the page. What it says is in other words in every version of the browser's own. */
const tellViolations = `document.addEventListener('securitypolicyviolation', (event) =>
  console.error('policy violation', event.violatedDirective, event.blockedURI))`;

export interface Visit {
  readonly page: Page;
  readonly context: BrowserContext;
  /** What a good page has none of: console errors, policy violations, requests to other hosts. */
  readonly complaints: string[];
}

export interface VisitOptions {
  readonly width?: number;
  readonly height?: number;
  readonly scheme?: 'light' | 'dark';
}

/** A new visitor: nothing is remembered of others. */
export async function visit(
  browser: Browser,
  url: string,
  { width = 1440, height = 900, scheme = 'light' }: VisitOptions = {},
): Promise<Visit> {
  const viewport = { width, height };
  const context = await browser.newContext({ viewport, colorScheme: scheme });
  const complaints: string[] = [];
  const page = await context.newPage();
  const { host } = new URL(url);
  page.on('request', (request) => {
    const { protocol, host: asked } = new URL(request.url());
    if (/^(blob|data):$/.test(protocol) || asked === host) return;
    complaints.push(`a request to another host: ${request.url()}`);
  });
  page.on('pageerror', (error) => complaints.push(`an error: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') {
      complaints.push(`on the console: ${message.text()}`);
    }
  });
  await page.addInitScript(tellViolations);
  await page.goto(url);
  return { page, context, complaints };
}
