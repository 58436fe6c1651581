/** The client port: the sampler, and what tools expect beside it. */
import { join } from 'node:path';
import type { Server } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { ReflectionService } from '@grpc/reflection';
import { HealthImplementation } from 'grpc-health-check';
import { loaderOptions, loadPackage } from '../../shared/protocol/loader.ts';
import { packageRoot } from '../../shared/protocol/package-root.ts';
import { samplerHandlers, type SamplerServerOptions } from './sampler-server.ts';

export interface ClientServices {
  /** From now on probes are told to look elsewhere. */
  stopServing(): void;
}

export function addClientServices(server: Server, options: SamplerServerOptions): ClientServices {
  server.addService(loadPackage().Sampler.service, samplerHandlers(options));
  const health = new HealthImplementation({ '': 'SERVING', 'isochron.v1.Sampler': 'SERVING' });
  health.addToServer(server);
  reflection().addToServer(server);
  return { stopServing: () => health.setStatus('', 'NOT_SERVING') };
}

/** Lets tools such as grpcurl call the sampler without its proto files. */
function reflection(): ReflectionService {
  const files = ['isochron/v1/sampler.proto'];
  const includeDirs = [join(packageRoot(), 'proto')];
  return new ReflectionService(loadSync(files, { ...loaderOptions, includeDirs }));
}
