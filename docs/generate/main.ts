/**
 * `npm run docs:generate` writes the reference pages, `npm run docs:check` says which of them are
 * not what the code says.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { packageRoot } from '../../shared/protocol/package-root.ts';
import { apiPage } from './api.ts';
import { cliPage } from './cli.ts';
import { rpcPage } from './rpc.ts';

const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
const root = packageRoot();

const protos = ['sampler', 'tensor'].map((name) => {
  const path = `proto/isochron/v1/${name}.proto`;
  return { path, text: readFileSync(join(root, path), 'utf8') };
});
const pages: Readonly<Record<string, string>> = {
  'docs/API.md': apiPage(join(root, 'cli', 'client.ts')),
  'docs/CLI.md': cliPage(),
  'docs/RPC.md': rpcPage(protos),
};

for (const [path, text] of Object.entries(pages)) {
  const file = join(root, path);
  if (!values.check) writeFileSync(file, text);
  else if (readFileSync(file, 'utf8') !== text) {
    process.stderr.write(`${path} is not what the code says: npm run docs:generate\n`);
    process.exitCode = 1;
  }
}
