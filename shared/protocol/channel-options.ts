/** Options of our channels and servers, with the reason for each that is not the default. */
import type { ChannelOptions } from '@grpc/grpc-js';

import { limits } from '../kernel/limits.ts';

const common = {
  // Long, because a keepalive that is shorter than a blocked event loop kills a healthy call; who
  // is alive is decided by our own heartbeats.
  'grpc.keepalive_time_ms': 10_000,
  'grpc.keepalive_timeout_ms': 10_000,
  'grpc.keepalive_permit_without_calls': 1,
  // An http_proxy in the environment is not meant for a cluster's own connections.
  'grpc.enable_http_proxy': 0,
  // It keeps every call it has seen, and its history has leaked.
  'grpc.enable_channelz': 0,
} satisfies ChannelOptions;

const client = {
  ...common,
  // Each channel gets a connection of its own: latents must not hold back a heartbeat.
  'grpc.use_local_subchannel_pool': 1,
  // The default backs off for up to two minutes.
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 2_000,
  // The library replays calls silently up to 1 MiB; who tries again here is the scheduler.
  'grpc.enable_retries': 0,
} satisfies ChannelOptions;

/** A worker's channel for leases and drain. */
export const controlChannelOptions: ChannelOptions = {
  ...client,
  'grpc.max_receive_message_length': limits.controlMessageBytesMax,
  'grpc.max_send_message_length': limits.controlMessageBytesMax,
};

/** A worker's channel for blocks; also what fetches results. */
export const dataChannelOptions: ChannelOptions = {
  ...client,
  'grpc.max_receive_message_length': limits.dataMessageBytesMax,
  'grpc.max_send_message_length': limits.dataMessageBytesMax,
  // 64 KiB by default, which at 50 ms of round trip is 1 MB/s.
  'grpc-node.flow_control_window': 8 * 1024 * 1024,
};

/** Every server. One limit serves both streams: the server cannot tell them apart that early. */
export const serverOptions: ChannelOptions = {
  ...common,
  'grpc.max_receive_message_length': limits.dataMessageBytesMax,
  'grpc.max_send_message_length': limits.dataMessageBytesMax,
  // Per connection; unlimited by default.
  'grpc.max_concurrent_streams': 128,
};
