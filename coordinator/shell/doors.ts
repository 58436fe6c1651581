/** The two ports as they are entered: who may bind where, and what a caller shows. */
import { ServerCredentials } from '@grpc/grpc-js';
import type { Logger } from 'pino';
import { leaveNote } from '../../shared/protocol/access/local-access.ts';
import {
  tokenAuthenticator,
  trustEveryone,
  workerAuthenticator,
  type Authenticator,
} from './auth/authenticator.ts';
import { operatorTokenFile, workerTokenFile } from './auth/token-store.ts';
import { checkBind, parseAddress, type Address, type Door } from './listen.ts';

export interface DoorOptions {
  readonly listen: string;
  readonly workerListen: string;
  readonly dataDir: string;
  readonly insecureBindAnything?: boolean;
  readonly log: Logger;
}

export interface Doors {
  readonly clients: Door;
  readonly workers: Door;
  /** Anybody may come in from anywhere. */
  readonly insecure: boolean;
  /** Tells programs of this user on this machine how to get in; returns what ends that. */
  announce(ports: Ports): () => void;
}

interface Ports {
  readonly client: number;
  readonly worker: number;
}

interface Addresses {
  readonly clients: Address;
  readonly workers: Address;
}

/** @throws SamplerError INVALID_REQUEST before anything is written where a port may not be bound */
export function checkDoors(options: DoorOptions): Addresses {
  const { listen, workerListen, insecureBindAnything: insecure = false } = options;
  const clients = parseAddress('--listen', listen);
  const workers = parseAddress('--worker-listen', workerListen);
  checkBind('--listen', clients, insecure);
  checkBind('--worker-listen', workers, insecure);
  return { clients, workers };
}

/** @param options whose data folder is there */
export function openDoors(options: DoorOptions): Doors {
  const { dataDir, log, insecureBindAnything: insecure = false } = options;
  const addresses = checkDoors(options);
  if (insecure) log.warn('listening without authentication beyond loopback');
  const known = { dataDir, log };
  const policy = (own: Authenticator) => (insecure ? trustEveryone(own) : own);
  const credentials = ServerCredentials.createInsecure();
  return {
    insecure,
    clients: {
      ...{ flag: '--listen', address: addresses.clients, credentials },
      authenticator: policy(tokenAuthenticator(known)),
    },
    workers: {
      ...{ flag: '--worker-listen', address: addresses.workers, credentials },
      authenticator: policy(workerAuthenticator(known)),
    },
    announce: (ports) => announce(options, addresses, ports),
  };
}

function announce({ dataDir, log }: DoorOptions, addresses: Addresses, ports: Ports): () => void {
  const { clients, workers } = addresses;
  const notes = [
    { address: `${clients.host}:${ports.client}`, tokenFile: operatorTokenFile(dataDir) },
    { address: `${workers.host}:${ports.worker}`, tokenFile: workerTokenFile(dataDir) },
  ];
  try {
    const taken = notes.map(({ address, tokenFile }) => leaveNote(address, { tokenFile }));
    return () => taken.forEach((takeAway) => takeAway());
  } catch (error) {
    const text = 'no note left for clients on this machine: they need --token-file';
    log.warn({ error: String(error) }, text);
    return () => undefined;
  }
}
