/** What a request says to be let in: the only place that knows. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

export type Port = 'client' | 'worker' | 'http';

export interface Credentials {
  /** The `authorization` header for a port; undefined where nothing is asked for. */
  readonly authorization: Readonly<Record<Port, string | undefined>>;
  /** As the client library takes it. */
  readonly token: string | undefined;
}

/** The tokens that a coordinator has left in its folder, if it makes any. */
export async function credentialsOf(dataDir: string): Promise<Credentials> {
  const [token, workers] = await Promise.all(
    ['token', 'worker-token'].map((name) =>
      readFile(join(dataDir, name), 'utf8').then(
        (text) => text.trim(),
        () => undefined,
      ),
    ),
  );
  const bearer = (text: string | undefined) => text && `Bearer ${text}`;
  const client = bearer(token);
  return { authorization: { client, http: client, worker: bearer(workers) }, token };
}
