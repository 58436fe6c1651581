/** A coordinator with tokens of every kind and a job of one tenant, and the matrix played on it. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { Client } from '../../cli/client.ts';
import { startCoordinator, type RunningCoordinator } from '../../coordinator/main.ts';
import { deniedWorkersFile } from '../../coordinator/shell/auth/worker-certificate.ts';
import type { MutualTlsFiles } from '../../shared/protocol/access/tls-files.ts';
import { createCaller } from './caller.ts';
import { makeCertificates } from './certificates.ts';
import { httpRows } from './http-matrix.ts';
import { tokenRows, type Row } from './matrix.ts';
import { tlsRows } from './tls-matrix.ts';
import { fillWallet } from './tokens.ts';

const any = '127.0.0.1:0';

/** On loopback, without TLS. */
export async function playTokens(dataDir: string, log: Logger): Promise<Row[]> {
  const where = { listen: any, workerListen: any, httpListen: any };
  const coordinator = await startCoordinator({ ...where, dataDir, log });
  const wallet = fillWallet(dataDir);
  const address = `127.0.0.1:${coordinator.ports.client}`;
  const clients = createCaller(address);
  const workers = createCaller(`127.0.0.1:${coordinator.ports.worker}`);
  const owner = new Client({ coordinator: address, token: wallet.owner });
  try {
    const { job } = await owner.submit({ model: 'mixture6', solver: 'ddim', steps: 20 });
    const { http: port = 0 } = coordinator.ports;
    const rows = await tokenRows({ clients, workers, wallet, job });
    return [...rows, ...(await httpRows({ port, wallet, job }))];
  } finally {
    owner.close();
    clients.close();
    workers.close();
    await coordinator.close();
  }
}

/** With TLS on both ports. */
export async function playTls(folder: string, log: Logger): Promise<Row[]> {
  const certificates = await makeCertificates(join(folder, 'certs'));
  const start = (dataDir: string, tls: MutualTlsFiles): Promise<RunningCoordinator> =>
    startCoordinator({ listen: any, workerListen: any, dataDir, log, tls, workerTls: tls });
  const [goodDir, expiredDir] = [join(folder, 'good'), join(folder, 'expired')];
  const good = await start(goodDir, certificates.coordinator);
  const expired = await start(expiredDir, certificates.expiredCoordinator);
  await writeFile(deniedWorkersFile(goodDir), 'stolen\n');
  try {
    const wallet = fillWallet(goodDir);
    const where = { good: addressesOf(good), expired: addressesOf(expired) };
    return await tlsRows({ ...where, certificates, wallet });
  } finally {
    await good.close();
    await expired.close();
  }
}

function addressesOf({ ports }: RunningCoordinator) {
  return { clients: `127.0.0.1:${ports.client}`, workers: `127.0.0.1:${ports.worker}` };
}
