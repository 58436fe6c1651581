/** A reader who takes nothing, and a token that is one until somebody says otherwise. */
import { unauthenticated, type Authenticator } from '../../coordinator/shell/auth/authenticator.ts';
import { until } from './real-cluster.ts';

export interface Revocable {
  readonly authenticator: Authenticator;
  readonly revoke: () => void;
}

/** Everybody may read, until it is revoked. */
export function revocable(): Revocable {
  let known = true;
  return {
    authenticator: {
      authenticate() {
        if (!known) throw unauthenticated();
        return { name: 'tester', tenant: 'default', scopes: new Set(['read'] as const) };
      },
    },
    revoke: () => {
      known = false;
    },
  };
}

export interface Told {
  /** How many were made. */
  events: number;
  /** Nobody asks for more. */
  left: boolean;
}

/** One event after the other, for as long as somebody asks. */
export async function* endless<Message>(told: Told, message: Message) {
  try {
    for (;;) {
      told.events++;
      yield await Promise.resolve(message);
    }
  } finally {
    told.left = true;
  }
}

/** The reader takes no more: nothing was made for a while, after the first. */
export async function untilItWaits(told: Told): Promise<void> {
  let [before, looks] = [0, 0];
  await until(() => {
    looks = told.events > 0 && told.events === before ? looks + 1 : 0;
    before = told.events;
    return looks === 20;
  });
}
