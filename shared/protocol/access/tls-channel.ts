/** Credentials of a channel by TLS, that know why they were refused. */
import type { Socket } from 'node:net';
import { isIP } from 'node:net';
import { connect, createSecureContext, type SecureContext, type TLSSocket } from 'node:tls';

import { CallCredentials, ChannelCredentials } from '@grpc/grpc-js';

import { hostOf } from './addresses.ts';
import { tlsRefusal } from './tls-refusal.ts';
import type { ClientMaterial } from './tls-files.ts';

type Connector = ReturnType<ChannelCredentials['_createSecureConnector']>;
type Connected = Awaited<ReturnType<Connector['connect']>>;

/** What an outage looks like as well comes this often before it is called a refusal. */
const REFUSALS_MAX = 3;

/**
 * Reads its material at every dial, so that new certificates take effect with the next connection;
 * and keeps the errors of handshakes, which gRPC reports like a peer that is not there. The name in
 * the peer's certificate is that of the address, also where it is a number, which grpc-js would
 * send as a name (1.14.7).
 */
export class TlsChannelCredentials extends ChannelCredentials {
  readonly #host: string;
  readonly #material: () => ClientMaterial;
  #used: ClientMaterial | undefined;
  #context: SecureContext | undefined;
  #failures = 0;
  #why = '';

  /** @param address HOST:PORT */
  constructor(address: string, material: () => ClientMaterial) {
    super();
    this.#host = hostOf(address);
    this.#material = material;
  }

  /** Why connecting is hopeless, after three refusals in a row. */
  get refusal(): string | undefined {
    return this.#failures >= REFUSALS_MAX ? this.#why : undefined;
  }

  override _isSecure(): boolean {
    return true;
  }

  override _equals(other: ChannelCredentials): boolean {
    return this === other;
  }

  override _createSecureConnector(): Connector {
    const none = CallCredentials.createEmpty();
    return {
      connect: (socket) => this.#connect(socket),
      waitForReady: async () => undefined,
      getCallCredentials: () => none,
      destroy: () => undefined,
    };
  }

  #connect(socket: Socket): Promise<Connected> {
    const host = this.#host;
    const named = isIP(host) === 0 ? { servername: host } : {};
    return new Promise((resolve, reject) => {
      const secureContext = this.#current();
      const secure = connect({ socket, secureContext, host, ...named, ALPNProtocols: ['h2'] });
      secure.once('secureConnect', () => resolve({ socket: secure, secure: true }));
      this.#watch(secure, reject);
    });
  }

  /**
   * A peer that does not like our certificate says so after the handshake is over for us: until
   * its first ticket has come, an end is a refusal.
   */
  #watch(secure: TLSSocket, failed: (error: Error) => void): void {
    let agreed = false;
    let welcome = false;
    let cause: Error | undefined;
    secure.once('secureConnect', () => (agreed = true));
    secure.once('session', () => {
      welcome = true;
      this.#failures = 0;
    });
    secure.on('error', (error: Error) => {
      cause = error;
      failed(error);
    });
    secure.once('close', () => {
      if (!welcome) this.#note(tlsRefusal(cause, agreed));
    });
  }

  #note(refused: string | undefined): void {
    this.#failures = refused === undefined ? 0 : this.#failures + 1;
    this.#why = refused ?? '';
  }

  #current(): SecureContext {
    const material = this.#material();
    if (this.#context === undefined || material !== this.#used) {
      this.#context = createSecureContext(material);
      this.#used = material;
    }
    return this.#context;
  }
}
