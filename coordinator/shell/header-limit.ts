/**
 * How much metadata a call may bring: HTTP/2 ends a stream with more, before anything is kept.
 * grpc-js has no option for it (1.14.7; the default of Node is 64 KiB), so this reaches for what it
 * keeps to itself; `test/security/limits.test.ts` fails where that is not what it was.
 */
import type { Server } from '@grpc/grpc-js';
import { limits } from '../../shared/kernel/limits.ts';

interface Internals {
  commonServerOptions?: { settings?: object };
}

/** To be called before the server is bound. */
export function limitHeaders(server: Server): void {
  const { commonServerOptions: common } = server as unknown as Internals;
  if (common === undefined) return;
  common.settings = { ...common.settings, maxHeaderListSize: limits.metadataBytesMax };
}
