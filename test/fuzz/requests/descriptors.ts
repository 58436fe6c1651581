/** Messages and calls, read from the protos: a new one is fuzzed without a line changed here. */
import { loadPackage } from '../../../shared/protocol/loader.ts';

export interface FieldDescriptor {
  readonly name: string;
  readonly number: number;
  readonly label: string;
  readonly type: string;
  readonly typeName: string;
}

export interface CallDescriptor {
  readonly path: string;
  readonly name: string;
  readonly request: string;
  readonly streams: boolean;
  decode(bytes: Buffer): unknown;
}

interface LoadedType {
  readonly type: { readonly name: string; readonly field: readonly FieldDescriptor[] };
}

interface LoadedCall {
  readonly path: string;
  readonly originalName: string;
  readonly requestStream: boolean;
  readonly requestType: LoadedType;
  readonly responseDeserialize: (bytes: Buffer) => unknown;
}

/** Fields of a message by its name. @throws where there is no such message */
export function fieldsOf(message: string): readonly FieldDescriptor[] {
  const loaded = (loadPackage() as unknown as Record<string, LoadedType | undefined>)[message];
  if (!loaded) throw new Error(`message: found ${message}, expected one of the protos`);
  return loaded.type.field;
}

export function callsOf(service: 'Sampler' | 'Fleet'): readonly CallDescriptor[] {
  const definition = loadPackage()[service].service as unknown as Record<string, LoadedCall>;
  return Object.values(definition).map((call) => ({
    path: call.path,
    name: call.path.split('/').at(-1) ?? '',
    request: call.requestType.type.name,
    streams: call.requestStream,
    decode: (bytes) => call.responseDeserialize(bytes),
  }));
}

/** camelCase of a name in a proto. */
export function camel(name: string): string {
  return name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}
