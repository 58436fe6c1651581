/** The ports as they are entered: who may bind where, and what a caller shows. */
import { ServerCredentials } from '@grpc/grpc-js';
import type { Logger } from 'pino';
import { leaveNote, type LocalAccess } from '../../shared/protocol/access/local-access.ts';
import type { RereadFile } from '../../shared/protocol/access/reread-file.ts';
import {
  type MutualTlsFiles,
  type TlsFiles,
  tlsMaterial,
  type TlsMaterial,
} from '../../shared/protocol/access/tls-files.ts';
import {
  tokenAuthenticator,
  trustEveryone,
  workerAuthenticator,
  type Authenticator,
} from './auth/authenticator.ts';
import { authorizationOf } from './auth/gate.ts';
import { operatorTokenFile, workerTokenFile } from './auth/token-store.ts';
import { tlsServerCredentials } from './auth/tls-server.ts';
import type { TokenList } from './auth/tokens.ts';
import { certificateNames } from './auth/worker-certificate.ts';
import { httpAddress, type HttpDoor, type HttpOptions } from './http/http-site.ts';
import { checkBind, parseAddress, type Address, type Door } from './listen.ts';
import type { WorkerCall } from './worker-call.ts';

export interface DoorOptions extends HttpOptions {
  readonly listen: string;
  readonly workerListen: string;
  readonly dataDir: string;
  /** List of hashed tokens; default `tokens.json` in the data folder. */
  readonly tokensFile?: string | undefined;
  /** Of the client port, and of HTTP. */
  readonly tls?: TlsFiles | undefined;
  /** Of the worker port: workers show certificates of its authority. */
  readonly workerTls?: MutualTlsFiles | undefined;
  readonly insecureBindAnything?: boolean;
  readonly log: Logger;
}

export interface ClientDoor extends Door {
  readonly authenticator: Authenticator;
  /** The list of tokens that it goes by. */
  readonly tokens: RereadFile<TokenList>;
  readonly tls: TlsMaterial | undefined;
}

export interface WorkerDoor extends Door {
  /** @returns the name in its certificate. @throws SamplerError where it may not come in */
  readonly admit: (call: WorkerCall) => string | undefined;
}

export interface Doors {
  readonly clients: ClientDoor;
  readonly workers: WorkerDoor;
  /** Undefined where there is to be none. */
  readonly http: HttpDoor | undefined;
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
  readonly http: Address | undefined;
}

/** @throws SamplerError INVALID_REQUEST before anything is written where a port may not be bound */
export function checkDoors(options: DoorOptions): Addresses {
  const { listen, workerListen, tls, workerTls, insecureBindAnything: insecure = false } = options;
  const clients = parseAddress('--listen', listen);
  const workers = parseAddress('--worker-listen', workerListen);
  checkBind('--listen', clients, { insecure, encrypted: tls !== undefined });
  checkBind('--worker-listen', workers, { insecure, encrypted: workerTls !== undefined });
  const http = httpAddress(options, { insecure, encrypted: tls !== undefined });
  return { clients, workers, http };
}

/** @param options whose data folder is there */
export function openDoors(options: DoorOptions): Doors {
  const { log, tls, workerTls } = options;
  const addresses = checkDoors(options);
  const insecure = options.insecureBindAnything === true && !(tls && workerTls);
  if (insecure) {
    log.warn('--insecure-bind-anything: whoever reaches a port without TLS is let in');
  }
  const clients = clientDoor(options, addresses.clients);
  const { authenticator, tls: material } = clients;
  const { httpHosts: hosts = [] } = options;
  return {
    insecure,
    clients,
    http: addresses.http && { address: addresses.http, authenticator, hosts, tls: material },
    workers: workerDoor(options, addresses.workers),
    announce: (ports) => announce(options, addresses, ports),
  };
}

function clientDoor(options: DoorOptions, address: Address): ClientDoor {
  const { dataDir, tokensFile, log, insecureBindAnything: insecure = false } = options;
  const known = tokenAuthenticator({ dataDir, tokensFile, log });
  const tls = options.tls && tlsMaterial({ ...options.tls, ca: undefined }, problemOf(log));
  return {
    flag: '--listen',
    address,
    tls,
    tokens: known.list,
    credentials: tls ? tlsServerCredentials(tls, false) : ServerCredentials.createInsecure(),
    authenticator: insecure && !tls ? trustEveryone(known) : known,
  };
}

function workerDoor(options: DoorOptions, address: Address): WorkerDoor {
  const { dataDir, log, workerTls, insecureBindAnything: insecure = false } = options;
  const flag = '--worker-listen';
  if (workerTls) {
    const credentials = tlsServerCredentials(tlsMaterial(workerTls, problemOf(log)), true);
    const nameOf = certificateNames(dataDir, log);
    return { flag, address, credentials, admit: (call) => nameOf(call.getAuthContext()) };
  }
  const known = workerAuthenticator({ dataDir, log });
  const authenticator = insecure ? trustEveryone(known) : known;
  return {
    flag,
    address,
    credentials: ServerCredentials.createInsecure(),
    admit: ({ metadata }) => void authenticator.authenticate(authorizationOf(metadata)),
  };
}

function problemOf(log: Logger): (error: unknown) => void {
  return (error) =>
    log.error({ error: String(error) }, 'certificates not readable: the last good ones stay');
}

function announce(options: DoorOptions, addresses: Addresses, ports: Ports): () => void {
  const { dataDir, log, tls, workerTls } = options;
  const { clients, workers } = addresses;
  const notes: [string, LocalAccess][] = [
    [`${clients.host}:${ports.client}`, { tokenFile: operatorTokenFile(dataDir), caFile: tls?.ca }],
  ];
  if (!workerTls) {
    notes.push([`${workers.host}:${ports.worker}`, { tokenFile: workerTokenFile(dataDir) }]);
  }
  try {
    const left = notes.map(([address, access]) => leaveNote(address, access));
    return () => left.forEach((takeAway) => takeAway());
  } catch (error) {
    const text = 'no note left for clients on this machine: they need --token-file';
    log.warn({ error: String(error) }, text);
    return () => undefined;
  }
}
