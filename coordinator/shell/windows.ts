/**
 * How much a worker may send before it waits to be told that it arrived.
 *
 * The default of HTTP/2 is 65 535 bytes, one less than a latent of 64 KiB: every message of a
 * worker waits for a window update in its middle, and one of 8 MiB for 128 of them, a round trip
 * each. grpc-js has an option for the windows of a client and none for those of a server (1.14.7),
 * so this reaches for what it keeps to itself. Where that is not what it was, windows stay as they
 * are: slower, not wrong; `test/coordinator/windows.test.ts` then fails.
 */
import type { Http2Server, ServerHttp2Session } from 'node:http2';
import type { Server } from '@grpc/grpc-js';
import { limits } from '../../shared/kernel/limits.ts';

interface Internals {
  commonServerOptions?: { settings?: object };
  _setupHandlers?: (server: Http2Server, ...rest: readonly unknown[]) => unknown;
}

/** To be called before the server is bound. */
export function widenWindows(server: Server): void {
  const inner = server as unknown as Internals;
  const { commonServerOptions: common, _setupHandlers: setUp } = inner;
  if (common === undefined || typeof setUp !== 'function') return;
  const { receiveWindowBytes } = limits;
  // of each stream
  common.settings = { ...common.settings, initialWindowSize: receiveWindowBytes };
  inner._setupHandlers = (http2Server, ...rest) => {
    http2Server.on('session', (session: ServerHttp2Session) => {
      // of the connection
      session.setLocalWindowSize(receiveWindowBytes);
    });
    return setUp.call(server, http2Server, ...rest);
  };
}
