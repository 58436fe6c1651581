/** What a call of a worker says before anything of it is read. */
import type { Metadata } from '@grpc/grpc-js';
import type { PeerContext } from './auth/worker-certificate.ts';

export interface WorkerCall {
  readonly metadata: Metadata;
  getAuthContext(): PeerContext;
}
