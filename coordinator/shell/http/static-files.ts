/**
 * The built dashboard. Its files are listed once, and a path is looked up among them: nothing is
 * ever opened by a name that came with a request.
 */
import { readdir, readFile } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';
import { HttpError } from './http-status.ts';
import type { Reply } from './route.ts';

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
};

const notBuilt = `<!doctype html>
<html lang="en">
  <meta charset="utf-8" />
  <title>isochron</title>
  <h1>The dashboard is not built</h1>
  <p>This coordinator runs, but the pages of its dashboard are not there. In a checkout, build them
  with <code>npm run build</code> and load this page again.</p>
  <p>The HTTP interface is described in <a href="/openapi.json">openapi.json</a>.</p>
</html>
`;

/** @param path inside the folder, with slashes; `index.html` for the page itself */
export async function dashboardFile(folder: string, path: string): Promise<Reply> {
  const file = (await filesIn(folder)).get(path);
  if (file === undefined) {
    if (path === 'index.html') {
      return { kind: 'bytes', type: types['.html'] ?? '', bytes: notBuilt, status: 503 };
    }
    throw new HttpError('NOT_FOUND', 'path: found no such file of the dashboard');
  }
  const type = types[extname(file)] ?? 'application/octet-stream';
  // names of assets have a digest of what they hold; the page that names them has not
  const kept = path.startsWith('assets/') ? 'public, max-age=31536000, immutable' : 'no-cache';
  const bytes = await readFile(file);
  return { kind: 'bytes', type, bytes, headers: { 'cache-control': kept } };
}

/** By their path inside the folder. Links lead nowhere: only regular files count. */
async function filesIn(folder: string): Promise<Map<string, string>> {
  try {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile());
    return new Map(
      files.map((entry) => {
        const file = join(entry.parentPath, entry.name);
        return [relative(folder, file).split(sep).join('/'), file];
      }),
    );
  } catch {
    return new Map();
  }
}
