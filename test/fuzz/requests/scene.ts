/** What a case has to do with: one port, and the means to reach it. */
import type { Port } from '../credentials.ts';
import type { Draws } from '../draws.ts';
import type { HttpAsk } from './http-transport.ts';
import type { Known } from './messages.ts';
import type { Message } from './wire.ts';
import type { Call, Outcome, RawExchange } from './transport.ts';

export interface Scene {
  readonly port: Port;
  readonly known: Known;
  /** With the token of the port, unless the call says another one. */
  call(call: Call): Promise<Outcome>;
  /** What calls say of who makes them, unless they say another thing. */
  readonly authorization: string | undefined;
  /** To the HTTP port. */
  http(asked: HttpAsk): Promise<Outcome>;
  /** A job by its request, as a client would. */
  submit(request: Message): Promise<Outcome>;
  exchange(raw: RawExchange): Promise<Outcome>;
  /** A job was taken: it is known from now on, and soon cancelled. */
  accepted(job: string): Promise<void>;
}

/** Runs one case; its name is the class it is counted under. */
export type Attack = (draws: Draws, scene: Scene) => Promise<Outcome>;
