/** Certificates that change under a running coordinator. */
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { pino } from 'pino';
import { afterEach, expect, it } from 'vitest';
import { Client } from '../../cli/client.ts';
import { coordinatorLeaf, createAuthority, issue } from '../../cli/certificates/authority.ts';
import { startCoordinator } from '../../coordinator/main.ts';
import { tlsFilesIn } from '../../shared/protocol/access/tls-files.ts';
import { until } from '../support/real-cluster.ts';

const closing: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** Of the certificate that the port shows. */
function serialOf(port: number, ca: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', ca, ALPNProtocols: ['h2'] }, () => {
      resolve(socket.getPeerCertificate().serialNumber);
      socket.destroy();
    });
    socket.on('error', reject);
  });
}

it('new certificates are shown without a restart, and broken ones are not', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'isochron-rotation-'));
  closing.push(() => rm(folder, { recursive: true, force: true }));
  const certs = join(folder, 'certs');
  await createAuthority(certs);
  const renew = () => issue(certs, 'coordinator', coordinatorLeaf(['127.0.0.1'], 1));
  const tls = tlsFilesIn(await renew());
  const any = '127.0.0.1:0';
  const lines: string[] = [];
  const log = pino({ level: 'error' }, { write: (line) => void lines.push(line) });
  const options = { listen: any, workerListen: any, dataDir: join(folder, 'data'), log };
  const coordinator = await startCoordinator({ ...options, tls, workerTls: tls });
  closing.push(() => coordinator.close());
  const { client: port } = coordinator.ports;
  const ca = readFileSync(tls.ca, 'utf8');

  const before = await serialOf(port, ca);
  await writeFile(tls.cert, 'half of a certifi');
  await until(() => lines.some((line) => line.includes('the last good ones stay')));
  expect(await serialOf(port, ca)).toBe(before);

  await renew();
  await until(async () => (await serialOf(port, ca)) !== before);
  // a client of the same user finds token and authority by itself
  const client = new Client({ coordinator: `127.0.0.1:${port}` });
  closing.push(() => client.close());
  expect(await client.jobs()).toEqual([]);
});

it('a coordinator whose key others can read does not start', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'isochron-rotation-'));
  closing.push(() => rm(folder, { recursive: true, force: true }));
  await createAuthority(folder);
  const tls = tlsFilesIn(await issue(folder, 'coordinator', coordinatorLeaf(['127.0.0.1'], 1)));
  const key = join(folder, 'open.key');
  await copyFile(tls.key, key);
  const { chmod } = await import('node:fs/promises');
  await chmod(key, 0o644);
  const options = { listen: '127.0.0.1:0', workerListen: '127.0.0.1:0', dataDir: folder };
  const log = pino({ level: 'silent' });
  const start = startCoordinator({ ...options, log, tls: { ...tls, key } });
  await expect(start).rejects.toThrow(/private key .* expected 0600/);
});
