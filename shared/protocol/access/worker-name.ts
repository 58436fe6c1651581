/** The role that a certificate gives, as a SPIFFE id in its alternative names. */
import { plainNamePattern } from './plain-name.ts';

const WORKER = 'spiffe://isochron/worker/';
const workerEntry = new RegExp(`^URI:${WORKER}(${plainNamePattern})$`);

export function workerUri(name: string): string {
  return WORKER + name;
}

/**
 * @param alternatives as node prints them, such as `DNS:a, URI:spiffe://isochron/worker/gpu-1`
 * @returns the worker's name; undefined where the certificate is not that of one worker
 */
export function nameInCertificate(alternatives: string | undefined): string | undefined {
  // a name that could end one entry and begin another one is quoted, and matches nothing here
  const uris = (alternatives ?? '').split(', ').filter((entry) => entry.startsWith('URI:'));
  const [uri, ...others] = uris;
  if (uri === undefined || others.length > 0) return undefined;
  return workerEntry.exec(uri)?.[1];
}

/** Whether a process may go by this name: no certificate's name has a colon. */
export function fitsCertificate(name: string, certified: string): boolean {
  return name === certified || name.startsWith(`${certified}:`);
}
