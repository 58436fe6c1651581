/** Certificates of every kind there is, by the same openssl as `isochron certs`. */
import { join } from 'node:path';
import {
  coordinatorLeaf,
  createAuthority,
  issue,
  workerLeaf,
} from '../../cli/certificates/authority.ts';
import { tlsFilesIn, type MutualTlsFiles } from '../../shared/protocol/access/tls-files.ts';

export interface Certificates {
  readonly coordinator: MutualTlsFiles;
  readonly expiredCoordinator: MutualTlsFiles;
  readonly worker: MutualTlsFiles;
  readonly expiredWorker: MutualTlsFiles;
  readonly deniedWorker: MutualTlsFiles;
  /** Of the same authority, for another role. */
  readonly client: MutualTlsFiles;
  /** Of another authority. */
  readonly stranger: MutualTlsFiles;
}

const YESTERDAY = -1;

export async function makeCertificates(folder: string): Promise<Certificates> {
  const [own, other] = [join(folder, 'own'), join(folder, 'other')];
  await createAuthority(own);
  await createAuthority(other);
  const made = async (at: string, name: string, leaf: Parameters<typeof issue>[2]) =>
    tlsFilesIn(await issue(at, name, leaf));
  const clientLeaf = {
    ...workerLeaf('x', 1),
    alternatives: ['URI:spiffe://isochron/client/somebody'],
  };
  return {
    coordinator: await made(own, 'coordinator', coordinatorLeaf(['127.0.0.1'], 1)),
    expiredCoordinator: await made(own, 'old', coordinatorLeaf(['127.0.0.1'], YESTERDAY)),
    worker: await made(own, 'worker', workerLeaf('gpu-1', 1)),
    expiredWorker: await made(own, 'old-worker', workerLeaf('gpu-1', YESTERDAY)),
    deniedWorker: await made(own, 'denied', workerLeaf('stolen', 1)),
    client: await made(own, 'client', clientLeaf),
    stranger: await made(other, 'worker', workerLeaf('gpu-1', 1)),
  };
}
