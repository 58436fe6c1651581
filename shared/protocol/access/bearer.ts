/** A token on every call of a channel. */
import { InterceptingCall, type Interceptor } from '@grpc/grpc-js';

/**
 * As plain metadata, since grpc-js lets call credentials onto encrypted channels only. Whoever
 * makes the channel sees to it that it is encrypted or does not leave this machine.
 *
 * @param token asked before every call; undefined sends none
 */
export function bearer(token: () => string | undefined): Interceptor {
  return (options, nextCall) =>
    new InterceptingCall(nextCall(options), {
      start(metadata, listener, next) {
        const found = token();
        if (found !== undefined) metadata.set('authorization', `Bearer ${found}`);
        next(metadata, listener);
      },
    });
}
