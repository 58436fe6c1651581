import { credentials } from '@grpc/grpc-js';

import type { SamplerClient } from '../../proto/generated/isochron/v1/Sampler.ts';
import { dataChannelOptions } from '../../shared/protocol/channel-options.ts';
import { loadPackage } from '../../shared/protocol/loader.ts';

export function createStub(address: string): SamplerClient {
  const { Sampler } = loadPackage();
  return new Sampler(address, credentials.createInsecure(), {
    ...dataChannelOptions,
    // With http_proxy set, as on many clusters, even a call to 127.0.0.1 would go to the proxy.
    'grpc.enable_http_proxy': 0,
  });
}
