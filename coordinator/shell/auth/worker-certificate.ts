/** Who a worker is by its certificate, on a port with mutual TLS. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { rereadFile } from '../../../shared/protocol/access/reread-file.ts';
import { nameInCertificate } from '../../../shared/protocol/access/worker-name.ts';
import { SamplerError } from '../../../shared/protocol/errors.ts';

/** One name a line; for certificates that have not expired and must not be used any more. */
export function deniedWorkersFile(dataDir: string): string {
  return join(dataDir, 'denied-workers');
}

/** What gRPC says of the other end: nothing where its certificate was not checked. */
export interface PeerContext {
  readonly sslPeerCertificate?: { readonly subjectaltname?: string };
}

/** Names a worker by what it showed. @throws SamplerError FORBIDDEN */
export type NameWorker = (peer: PeerContext) => string;

export function certificateNames(dataDir: string, log: Logger): NameWorker {
  const path = deniedWorkersFile(dataDir);
  const denied = rereadFile({
    paths: [path],
    missing: new Set<string>(),
    read: () =>
      new Set(
        readFileSync(path, 'utf8')
          .split('\n')
          .map((line) => line.trim()),
      ),
    onProblem: (error) => log.error({ path, error: String(error) }, 'list of workers unreadable'),
  });
  return ({ sslPeerCertificate }) => {
    const name = nameInCertificate(sslPeerCertificate?.subjectaltname);
    if (name === undefined) {
      const text = 'certificate: found no worker in it, expected spiffe://isochron/worker/NAME';
      throw new SamplerError('FORBIDDEN', text);
    }
    if (denied.get().has(name)) {
      throw new SamplerError('FORBIDDEN', `certificate: worker ${name} is on the deny list`);
    }
    return name;
  };
}
