import { join } from 'node:path';

import { loadPackageDefinition } from '@grpc/grpc-js';
import type { ServiceDefinition } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import type { Options } from '@grpc/proto-loader';

import type { ProtoGrpcType as FleetTypes } from '../../proto/generated/fleet.ts';
import type { ProtoGrpcType as SamplerTypes } from '../../proto/generated/sampler.ts';
import { packageRoot } from './package-root.ts';

/** Version of the protocol between coordinator and workers; another one is refused. */
export const protocolVersion = 5;

/** The same as the flags in proto/generate.ts, or the generated types would lie. */
export const loaderOptions = {
  keepCase: false,
  longs: Number,
  enums: String,
  defaults: true,
  oneofs: true,
} satisfies Options;

export type Package = FleetTypes['isochron']['v1'] & SamplerTypes['isochron']['v1'];

let loaded: Package | undefined;

/** Clients and services of our protos, which are read from the package only, never from input. */
export function loadPackage(): Package {
  if (loaded !== undefined) return loaded;
  const proto = join(packageRoot(), 'proto');
  const files = ['isochron/v1/fleet.proto', 'isochron/v1/sampler.proto'];
  const definition = loadSync(files, { ...loaderOptions, includeDirs: [proto] });
  const types = loadPackageDefinition(definition) as unknown as FleetTypes & SamplerTypes;
  loaded = types.isochron.v1;
  return loaded;
}

export type ByteListener = (
  direction: 'serialized' | 'deserialized',
  message: object,
  bytes: number,
) => void;

/** The same service, which also tells the true size of every message that passes. */
export function countingService<S extends ServiceDefinition>(
  definition: S,
  onBytes: ByteListener,
): S {
  const counting = Object.entries(definition).map(([name, method]) => [
    name,
    {
      ...method,
      requestSerialize: counted(method.requestSerialize, onBytes),
      responseSerialize: counted(method.responseSerialize, onBytes),
      requestDeserialize: countedBack(method.requestDeserialize, onBytes),
      responseDeserialize: countedBack(method.responseDeserialize, onBytes),
    },
  ]);
  return Object.fromEntries(counting) as S;
}

function counted(serialize: (message: object) => Buffer, onBytes: ByteListener) {
  return (message: object): Buffer => {
    const bytes = serialize(message);
    onBytes('serialized', message, bytes.length);
    return bytes;
  };
}

function countedBack(deserialize: (bytes: Buffer) => object, onBytes: ByteListener) {
  return (bytes: Buffer): object => {
    const message = deserialize(bytes);
    onBytes('deserialized', message, bytes.length);
    return message;
  };
}
