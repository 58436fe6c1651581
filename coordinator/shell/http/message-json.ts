/** Messages of our protos as JSON: what gRPC clients read, with the same defaults. */
import type { MessageTypeDefinition } from '@grpc/proto-loader';
import { loadPackage, type Package } from '../../../shared/protocol/loader.ts';

type Messages = {
  [
    Name in keyof Package as Package[Name] extends MessageTypeDefinition<infer _I, infer _O>
      ? Name
      : never
  ]: Package[Name];
};
export type MessageName = keyof Messages;

type Input<Name extends MessageName> =
  Messages[Name] extends MessageTypeDefinition<infer I, infer _O> ? I : never;
type Output<Name extends MessageName> =
  Messages[Name] extends MessageTypeDefinition<infer _I, infer O> ? O : never;

/** What whoever receives the message reads. */
export function received<Name extends MessageName>(name: Name, message: Input<Name>): Output<Name> {
  const definition = loadPackage()[name] as unknown as MessageTypeDefinition<
    Input<Name>,
    Output<Name>
  >;
  return definition.deserialize(definition.serialize(message));
}

/** Bytes are base64, what is not set is absent or, of a message, null. */
export function messageJson<Name extends MessageName>(
  name: Name,
  message: Input<Name>,
): Record<string, unknown> {
  return plain(received(name, message)) as Record<string, unknown>;
}

function plain(value: unknown): unknown {
  if (Buffer.isBuffer(value)) return value.toString('base64');
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  // names of the oneofs that optional fields are
  const fields = Object.entries(value).filter(([name]) => !name.startsWith('_'));
  return Object.fromEntries(fields.map(([name, field]) => [name, plain(field)]));
}
