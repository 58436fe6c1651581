/** `--model`: a name that workers registered, or the path of the folder that they have it from. */
import { sep } from 'node:path';
import { SamplerError } from '../shared/protocol/errors.ts';
import { discoverModel } from '../worker/backend/manifest.ts';
import type { Client } from './client.ts';

/**
 * The name of the model. A folder's must be the cluster's, byte for byte: two folders of one name
 * are two models.
 */
export async function modelName(client: Client, given: string): Promise<string> {
  if (!given.includes('/') && !given.includes(sep)) return given;
  const { manifest, sha256 } = await discoverModel(given);
  const { name } = manifest;
  const known = await client.models();
  const found = known.find((model) => model.name === name);
  if (found?.sha256 === sha256) return name;
  const start = `start one: isochron up --models ${given}`;
  const text = found
    ? `--model: found ${given}, whose file is another one (SHA-256 ${sha256}) than that of the ` +
      `cluster's ${name} (${found.sha256}); restart its workers with --models ${given}`
    : `--model: found ${given}, expected a model that a worker has; none has ${name}: ${start}`;
  throw new SamplerError('UNKNOWN_MODEL', text, { context: { field: 'model' } });
}
