/** Writes docs/openapi.json from the routes. A test compares the two. */
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { openApi } from '../coordinator/shell/http/openapi.ts';
import { routes } from '../coordinator/shell/http/routes.ts';

const file = join(dirname(import.meta.dirname), 'docs', 'openapi.json');
const options = (await resolveConfig(file)) ?? {};
writeFileSync(file, await format(JSON.stringify(openApi(routes)), { ...options, filepath: file }));
