/** The columns of the matrix that are about certificates. */
import { readFileSync } from 'node:fs';
import type { ChannelCredentials } from '@grpc/grpc-js';
import { TlsChannelCredentials } from '../../shared/protocol/access/tls-channel.ts';
import type { ClientMaterial, MutualTlsFiles } from '../../shared/protocol/access/tls-files.ts';
import {
  clientMethods,
  createCaller,
  plain,
  workerMethods,
  type Answer,
  type Method,
} from './caller.ts';
import type { Certificates } from './certificates.ts';
import { denials, requestOf, type Row } from './matrix.ts';
import type { Wallet } from './tokens.ts';

export interface TlsStage {
  /** Of a coordinator with good certificates, and of one whose own has expired. */
  readonly good: TlsAddresses;
  readonly expired: TlsAddresses;
  readonly certificates: Certificates;
  readonly wallet: Wallet;
}

export interface TlsAddresses {
  readonly clients: string;
  readonly workers: string;
}

interface Column {
  readonly name: string;
  readonly address: string;
  readonly channel: ChannelCredentials;
  readonly expected: string;
  readonly authorization?: string;
}

const NO_CONNECTION = 'UNAVAILABLE';

/** @param host whose certificate is expected, where it is not that of the address */
function trusting(address: string, { ca }: MutualTlsFiles, own?: MutualTlsFiles, host = address) {
  const read = (path: string): string => readFileSync(path, 'utf8');
  const pair = own && { cert: read(own.cert), key: read(own.key) };
  const material: ClientMaterial = { ca: read(ca), minVersion: 'TLSv1.3', ...pair };
  return new TlsChannelCredentials(host, () => material);
}

export async function tlsRows(stage: TlsStage): Promise<Row[]> {
  const onClients = await play(clientColumns(stage), [...clientMethods().values()]);
  const onWorkers = await play(workerColumns(stage), [...workerMethods().values()]);
  return [...onClients, ...onWorkers];
}

async function play(columns: readonly Column[], methods: readonly Method[]): Promise<Row[]> {
  const rows: Row[] = [];
  for (const { name: column, address, channel, expected, authorization } of columns) {
    const caller = createCaller(address, channel);
    for (const method of methods) {
      const { path: call } = method;
      // probes show no token, and learn no more over TLS
      const open = call.endsWith('Health/Check') && expected === 'UNAUTHENTICATED';
      const wanted = open ? 'OK' : expected;
      const request = requestOf(call, '0'.repeat(32));
      const found = await caller.call({ method, request, authorization });
      const passed = wanted === 'not denied' ? isIn(found) : found.code === wanted;
      rows.push({ call, column, expected: wanted, found, passed });
    }
    caller.close();
  }
  return rows;
}

function isIn({ code, details }: Answer): boolean {
  const reached = code !== NO_CONNECTION || details.includes('found no worker');
  return reached && ![...denials, 'DEADLINE_EXCEEDED'].includes(code);
}

function clientColumns({ good, expired, certificates: all, wallet }: TlsStage): Column[] {
  const { coordinator: own, stranger } = all;
  const address = good.clients;
  const expected = NO_CONNECTION;
  const operator = { authorization: `Bearer ${wallet.operator}` };
  const elsewhere = 'elsewhere.example:1';
  return [
    { name: 'plain text', address, channel: plain(), expected, ...operator },
    { name: 'wrong authority', address, channel: trusting(address, stranger), expected },
    {
      ...{ name: 'wrong server name', address, expected },
      channel: trusting(address, own, undefined, elsewhere),
    },
    {
      ...{ name: 'expired server certificate', address: expired.clients, expected },
      channel: trusting(expired.clients, own),
    },
    {
      ...{ name: 'TLS without a token', address, expected: 'UNAUTHENTICATED' },
      channel: trusting(address, own),
    },
    {
      ...{ name: 'TLS with a worker certificate and no token', address },
      ...{ channel: trusting(address, own, all.worker), expected: 'UNAUTHENTICATED' },
    },
    {
      ...{ name: 'TLS and the operator', address, expected: 'not denied', ...operator },
      channel: trusting(address, own),
    },
  ];
}

function workerColumns({ good, expired, certificates: all, wallet }: TlsStage): Column[] {
  const { coordinator: own } = all;
  const address = good.workers;
  const expected = NO_CONNECTION;
  const token = { authorization: `Bearer ${wallet.worker}` };
  const showing = (name: string, certificate: MutualTlsFiles | undefined, code = expected) => ({
    ...{ name, address, expected: code },
    channel: trusting(address, own, certificate),
  });
  return [
    { name: 'plain text', address, channel: plain(), expected, ...token },
    { ...showing('no client certificate', undefined), ...token },
    showing('certificate of another authority', all.stranger),
    showing('expired certificate', all.expiredWorker),
    showing("the coordinator's certificate", all.coordinator),
    showing('client certificate', all.client, 'PERMISSION_DENIED'),
    showing('certificate on the deny list', all.deniedWorker, 'PERMISSION_DENIED'),
    {
      ...{ name: 'wrong server name', address, expected },
      channel: trusting(address, own, all.worker, 'elsewhere.example:1'),
    },
    {
      ...{ name: 'wrong authority', address, expected },
      channel: trusting(address, all.stranger, all.worker),
    },
    {
      ...{ name: 'expired server certificate', address: expired.workers, expected },
      channel: trusting(expired.workers, own, all.worker),
    },
    showing('a worker', all.worker, 'not denied'),
  ];
}
