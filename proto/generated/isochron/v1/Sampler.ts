// Original file: isochron/v1/sampler.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { DrainReply as _isochron_v1_DrainReply, DrainReply__Output as _isochron_v1_DrainReply__Output } from '../../isochron/v1/DrainReply.ts';
import type { DrainRequest as _isochron_v1_DrainRequest, DrainRequest__Output as _isochron_v1_DrainRequest__Output } from '../../isochron/v1/DrainRequest.ts';
import type { JobEvent as _isochron_v1_JobEvent, JobEvent__Output as _isochron_v1_JobEvent__Output } from '../../isochron/v1/JobEvent.ts';
import type { JobRequest as _isochron_v1_JobRequest, JobRequest__Output as _isochron_v1_JobRequest__Output } from '../../isochron/v1/JobRequest.ts';
import type { JobStatus as _isochron_v1_JobStatus, JobStatus__Output as _isochron_v1_JobStatus__Output } from '../../isochron/v1/JobStatus.ts';
import type { ListJobsReply as _isochron_v1_ListJobsReply, ListJobsReply__Output as _isochron_v1_ListJobsReply__Output } from '../../isochron/v1/ListJobsReply.ts';
import type { ListJobsRequest as _isochron_v1_ListJobsRequest, ListJobsRequest__Output as _isochron_v1_ListJobsRequest__Output } from '../../isochron/v1/ListJobsRequest.ts';
import type { ListModelsReply as _isochron_v1_ListModelsReply, ListModelsReply__Output as _isochron_v1_ListModelsReply__Output } from '../../isochron/v1/ListModelsReply.ts';
import type { ListModelsRequest as _isochron_v1_ListModelsRequest, ListModelsRequest__Output as _isochron_v1_ListModelsRequest__Output } from '../../isochron/v1/ListModelsRequest.ts';
import type { ListWorkersReply as _isochron_v1_ListWorkersReply, ListWorkersReply__Output as _isochron_v1_ListWorkersReply__Output } from '../../isochron/v1/ListWorkersReply.ts';
import type { ListWorkersRequest as _isochron_v1_ListWorkersRequest, ListWorkersRequest__Output as _isochron_v1_ListWorkersRequest__Output } from '../../isochron/v1/ListWorkersRequest.ts';
import type { LoadReply as _isochron_v1_LoadReply, LoadReply__Output as _isochron_v1_LoadReply__Output } from '../../isochron/v1/LoadReply.ts';
import type { LoadRequest as _isochron_v1_LoadRequest, LoadRequest__Output as _isochron_v1_LoadRequest__Output } from '../../isochron/v1/LoadRequest.ts';
import type { PlanReply as _isochron_v1_PlanReply, PlanReply__Output as _isochron_v1_PlanReply__Output } from '../../isochron/v1/PlanReply.ts';
import type { ResultChunk as _isochron_v1_ResultChunk, ResultChunk__Output as _isochron_v1_ResultChunk__Output } from '../../isochron/v1/ResultChunk.ts';
import type { SubmitReply as _isochron_v1_SubmitReply, SubmitReply__Output as _isochron_v1_SubmitReply__Output } from '../../isochron/v1/SubmitReply.ts';
import type { SubmitRequest as _isochron_v1_SubmitRequest, SubmitRequest__Output as _isochron_v1_SubmitRequest__Output } from '../../isochron/v1/SubmitRequest.ts';
import type { TrajectoryPiece as _isochron_v1_TrajectoryPiece, TrajectoryPiece__Output as _isochron_v1_TrajectoryPiece__Output } from '../../isochron/v1/TrajectoryPiece.ts';
import type { WatchRequest as _isochron_v1_WatchRequest, WatchRequest__Output as _isochron_v1_WatchRequest__Output } from '../../isochron/v1/WatchRequest.ts';

export interface SamplerClient extends grpc.Client {
  Cancel(argument: _isochron_v1_JobRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_isochron_v1_JobStatus__Output>): grpc.ClientUnaryCall;
  Cancel(argument: _isochron_v1_JobRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_isochron_v1_JobStatus__Output>): grpc.ClientUnaryCall;
  Cancel(argument: _isochron_v1_JobRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_isochron_v1_JobStatus__Output>): grpc.ClientUnaryCall;
  Cancel(argument: _isochron_v1_JobRequest, callback: grpc.requestCallback<_isochron_v1_JobStatus__Output>): grpc.ClientUnaryCall;
  cancel(argument: _isochron_v1_JobRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_isochron_v1_JobStatus__Output>): grpc.ClientUnaryCall;
  cancel(argument: _isochron_v1_JobRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_isochron_v1_JobStatus__Output>): grpc.ClientUnaryCall;
  cancel(argument: _isochron_v1_JobRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_isochron_v1_JobStatus__Output>): grpc.ClientUnaryCall;
  cancel(argument: _isochron_v1_JobRequest, callback: grpc.requestCallback<_isochron_v1_JobStatus__Output>): grpc.ClientUnaryCall;
  
  Drain(argument: _isochron_v1_DrainRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_isochron_v1_DrainReply__Output>): grpc.ClientUnaryCall;
  Drain(argument: _isochron_v1_DrainRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_isochron_v1_DrainReply__Output>): grpc.ClientUnaryCall;
  Drain(argument: _isochron_v1_DrainRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_isochron_v1_DrainReply__Output>): grpc.ClientUnaryCall;
  Drain(argument: _isochron_v1_DrainRequest, callback: grpc.requestCallback<_isochron_v1_DrainReply__Output>): grpc.ClientUnaryCall;
  drain(argument: _isochron_v1_DrainRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_isochron_v1_DrainReply__Output>): grpc.ClientUnaryCall;
  drain(argument: _isochron_v1_DrainRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_isochron_v1_DrainReply__Output>): grpc.ClientUnaryCall;
  drain(argument: _isochron_v1_DrainRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_isochron_v1_DrainReply__Output>): grpc.ClientUnaryCall;
  drain(argument: _isochron_v1_DrainRequest, callback: grpc.requestCallback<_isochron_v1_DrainReply__Output>): grpc.ClientUnaryCall;
  
  GetJob(argument: _isochron_v1_JobRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_isochron_v1_JobStatus__Output>): grpc.ClientUnaryCall;
  GetJob(argument: _isochron_v1_JobRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_isochron_v1_JobStatus__Output>): grpc.ClientUnaryCall;
  GetJob(argument: _isochron_v1_JobRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_isochron_v1_JobStatus__Output>): grpc.ClientUnaryCall;
  GetJob(argument: _isochron_v1_JobRequest, callback: grpc.requestCallback<_isochron_v1_JobStatus__Output>): grpc.ClientUnaryCall;
  getJob(argument: _isochron_v1_JobRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_isochron_v1_JobStatus__Output>): grpc.ClientUnaryCall;
  getJob(argument: _isochron_v1_JobRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_isochron_v1_JobStatus__Output>): grpc.ClientUnaryCall;
  getJob(argument: _isochron_v1_JobRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_isochron_v1_JobStatus__Output>): grpc.ClientUnaryCall;
  getJob(argument: _isochron_v1_JobRequest, callback: grpc.requestCallback<_isochron_v1_JobStatus__Output>): grpc.ClientUnaryCall;
  
  GetLoad(argument: _isochron_v1_LoadRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_isochron_v1_LoadReply__Output>): grpc.ClientUnaryCall;
  GetLoad(argument: _isochron_v1_LoadRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_isochron_v1_LoadReply__Output>): grpc.ClientUnaryCall;
  GetLoad(argument: _isochron_v1_LoadRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_isochron_v1_LoadReply__Output>): grpc.ClientUnaryCall;
  GetLoad(argument: _isochron_v1_LoadRequest, callback: grpc.requestCallback<_isochron_v1_LoadReply__Output>): grpc.ClientUnaryCall;
  getLoad(argument: _isochron_v1_LoadRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_isochron_v1_LoadReply__Output>): grpc.ClientUnaryCall;
  getLoad(argument: _isochron_v1_LoadRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_isochron_v1_LoadReply__Output>): grpc.ClientUnaryCall;
  getLoad(argument: _isochron_v1_LoadRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_isochron_v1_LoadReply__Output>): grpc.ClientUnaryCall;
  getLoad(argument: _isochron_v1_LoadRequest, callback: grpc.requestCallback<_isochron_v1_LoadReply__Output>): grpc.ClientUnaryCall;
  
  ListJobs(argument: _isochron_v1_ListJobsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_isochron_v1_ListJobsReply__Output>): grpc.ClientUnaryCall;
  ListJobs(argument: _isochron_v1_ListJobsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_isochron_v1_ListJobsReply__Output>): grpc.ClientUnaryCall;
  ListJobs(argument: _isochron_v1_ListJobsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_isochron_v1_ListJobsReply__Output>): grpc.ClientUnaryCall;
  ListJobs(argument: _isochron_v1_ListJobsRequest, callback: grpc.requestCallback<_isochron_v1_ListJobsReply__Output>): grpc.ClientUnaryCall;
  listJobs(argument: _isochron_v1_ListJobsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_isochron_v1_ListJobsReply__Output>): grpc.ClientUnaryCall;
  listJobs(argument: _isochron_v1_ListJobsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_isochron_v1_ListJobsReply__Output>): grpc.ClientUnaryCall;
  listJobs(argument: _isochron_v1_ListJobsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_isochron_v1_ListJobsReply__Output>): grpc.ClientUnaryCall;
  listJobs(argument: _isochron_v1_ListJobsRequest, callback: grpc.requestCallback<_isochron_v1_ListJobsReply__Output>): grpc.ClientUnaryCall;
  
  ListModels(argument: _isochron_v1_ListModelsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_isochron_v1_ListModelsReply__Output>): grpc.ClientUnaryCall;
  ListModels(argument: _isochron_v1_ListModelsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_isochron_v1_ListModelsReply__Output>): grpc.ClientUnaryCall;
  ListModels(argument: _isochron_v1_ListModelsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_isochron_v1_ListModelsReply__Output>): grpc.ClientUnaryCall;
  ListModels(argument: _isochron_v1_ListModelsRequest, callback: grpc.requestCallback<_isochron_v1_ListModelsReply__Output>): grpc.ClientUnaryCall;
  listModels(argument: _isochron_v1_ListModelsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_isochron_v1_ListModelsReply__Output>): grpc.ClientUnaryCall;
  listModels(argument: _isochron_v1_ListModelsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_isochron_v1_ListModelsReply__Output>): grpc.ClientUnaryCall;
  listModels(argument: _isochron_v1_ListModelsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_isochron_v1_ListModelsReply__Output>): grpc.ClientUnaryCall;
  listModels(argument: _isochron_v1_ListModelsRequest, callback: grpc.requestCallback<_isochron_v1_ListModelsReply__Output>): grpc.ClientUnaryCall;
  
  ListWorkers(argument: _isochron_v1_ListWorkersRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_isochron_v1_ListWorkersReply__Output>): grpc.ClientUnaryCall;
  ListWorkers(argument: _isochron_v1_ListWorkersRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_isochron_v1_ListWorkersReply__Output>): grpc.ClientUnaryCall;
  ListWorkers(argument: _isochron_v1_ListWorkersRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_isochron_v1_ListWorkersReply__Output>): grpc.ClientUnaryCall;
  ListWorkers(argument: _isochron_v1_ListWorkersRequest, callback: grpc.requestCallback<_isochron_v1_ListWorkersReply__Output>): grpc.ClientUnaryCall;
  listWorkers(argument: _isochron_v1_ListWorkersRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_isochron_v1_ListWorkersReply__Output>): grpc.ClientUnaryCall;
  listWorkers(argument: _isochron_v1_ListWorkersRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_isochron_v1_ListWorkersReply__Output>): grpc.ClientUnaryCall;
  listWorkers(argument: _isochron_v1_ListWorkersRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_isochron_v1_ListWorkersReply__Output>): grpc.ClientUnaryCall;
  listWorkers(argument: _isochron_v1_ListWorkersRequest, callback: grpc.requestCallback<_isochron_v1_ListWorkersReply__Output>): grpc.ClientUnaryCall;
  
  Plan(argument: _isochron_v1_SubmitRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_isochron_v1_PlanReply__Output>): grpc.ClientUnaryCall;
  Plan(argument: _isochron_v1_SubmitRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_isochron_v1_PlanReply__Output>): grpc.ClientUnaryCall;
  Plan(argument: _isochron_v1_SubmitRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_isochron_v1_PlanReply__Output>): grpc.ClientUnaryCall;
  Plan(argument: _isochron_v1_SubmitRequest, callback: grpc.requestCallback<_isochron_v1_PlanReply__Output>): grpc.ClientUnaryCall;
  plan(argument: _isochron_v1_SubmitRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_isochron_v1_PlanReply__Output>): grpc.ClientUnaryCall;
  plan(argument: _isochron_v1_SubmitRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_isochron_v1_PlanReply__Output>): grpc.ClientUnaryCall;
  plan(argument: _isochron_v1_SubmitRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_isochron_v1_PlanReply__Output>): grpc.ClientUnaryCall;
  plan(argument: _isochron_v1_SubmitRequest, callback: grpc.requestCallback<_isochron_v1_PlanReply__Output>): grpc.ClientUnaryCall;
  
  Result(argument: _isochron_v1_JobRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_isochron_v1_ResultChunk__Output>;
  Result(argument: _isochron_v1_JobRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_isochron_v1_ResultChunk__Output>;
  result(argument: _isochron_v1_JobRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_isochron_v1_ResultChunk__Output>;
  result(argument: _isochron_v1_JobRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_isochron_v1_ResultChunk__Output>;
  
  Submit(argument: _isochron_v1_SubmitRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_isochron_v1_SubmitReply__Output>): grpc.ClientUnaryCall;
  Submit(argument: _isochron_v1_SubmitRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_isochron_v1_SubmitReply__Output>): grpc.ClientUnaryCall;
  Submit(argument: _isochron_v1_SubmitRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_isochron_v1_SubmitReply__Output>): grpc.ClientUnaryCall;
  Submit(argument: _isochron_v1_SubmitRequest, callback: grpc.requestCallback<_isochron_v1_SubmitReply__Output>): grpc.ClientUnaryCall;
  submit(argument: _isochron_v1_SubmitRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_isochron_v1_SubmitReply__Output>): grpc.ClientUnaryCall;
  submit(argument: _isochron_v1_SubmitRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_isochron_v1_SubmitReply__Output>): grpc.ClientUnaryCall;
  submit(argument: _isochron_v1_SubmitRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_isochron_v1_SubmitReply__Output>): grpc.ClientUnaryCall;
  submit(argument: _isochron_v1_SubmitRequest, callback: grpc.requestCallback<_isochron_v1_SubmitReply__Output>): grpc.ClientUnaryCall;
  
  SubmitTrajectory(metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_isochron_v1_SubmitReply__Output>): grpc.ClientWritableStream<_isochron_v1_TrajectoryPiece>;
  SubmitTrajectory(metadata: grpc.Metadata, callback: grpc.requestCallback<_isochron_v1_SubmitReply__Output>): grpc.ClientWritableStream<_isochron_v1_TrajectoryPiece>;
  SubmitTrajectory(options: grpc.CallOptions, callback: grpc.requestCallback<_isochron_v1_SubmitReply__Output>): grpc.ClientWritableStream<_isochron_v1_TrajectoryPiece>;
  SubmitTrajectory(callback: grpc.requestCallback<_isochron_v1_SubmitReply__Output>): grpc.ClientWritableStream<_isochron_v1_TrajectoryPiece>;
  submitTrajectory(metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_isochron_v1_SubmitReply__Output>): grpc.ClientWritableStream<_isochron_v1_TrajectoryPiece>;
  submitTrajectory(metadata: grpc.Metadata, callback: grpc.requestCallback<_isochron_v1_SubmitReply__Output>): grpc.ClientWritableStream<_isochron_v1_TrajectoryPiece>;
  submitTrajectory(options: grpc.CallOptions, callback: grpc.requestCallback<_isochron_v1_SubmitReply__Output>): grpc.ClientWritableStream<_isochron_v1_TrajectoryPiece>;
  submitTrajectory(callback: grpc.requestCallback<_isochron_v1_SubmitReply__Output>): grpc.ClientWritableStream<_isochron_v1_TrajectoryPiece>;
  
  Watch(argument: _isochron_v1_WatchRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_isochron_v1_JobEvent__Output>;
  Watch(argument: _isochron_v1_WatchRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_isochron_v1_JobEvent__Output>;
  watch(argument: _isochron_v1_WatchRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_isochron_v1_JobEvent__Output>;
  watch(argument: _isochron_v1_WatchRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_isochron_v1_JobEvent__Output>;
  
}

export interface SamplerHandlers extends grpc.UntypedServiceImplementation {
  Cancel: grpc.handleUnaryCall<_isochron_v1_JobRequest__Output, _isochron_v1_JobStatus>;
  
  Drain: grpc.handleUnaryCall<_isochron_v1_DrainRequest__Output, _isochron_v1_DrainReply>;
  
  GetJob: grpc.handleUnaryCall<_isochron_v1_JobRequest__Output, _isochron_v1_JobStatus>;
  
  GetLoad: grpc.handleUnaryCall<_isochron_v1_LoadRequest__Output, _isochron_v1_LoadReply>;
  
  ListJobs: grpc.handleUnaryCall<_isochron_v1_ListJobsRequest__Output, _isochron_v1_ListJobsReply>;
  
  ListModels: grpc.handleUnaryCall<_isochron_v1_ListModelsRequest__Output, _isochron_v1_ListModelsReply>;
  
  ListWorkers: grpc.handleUnaryCall<_isochron_v1_ListWorkersRequest__Output, _isochron_v1_ListWorkersReply>;
  
  Plan: grpc.handleUnaryCall<_isochron_v1_SubmitRequest__Output, _isochron_v1_PlanReply>;
  
  Result: grpc.handleServerStreamingCall<_isochron_v1_JobRequest__Output, _isochron_v1_ResultChunk>;
  
  Submit: grpc.handleUnaryCall<_isochron_v1_SubmitRequest__Output, _isochron_v1_SubmitReply>;
  
  SubmitTrajectory: grpc.handleClientStreamingCall<_isochron_v1_TrajectoryPiece__Output, _isochron_v1_SubmitReply>;
  
  Watch: grpc.handleServerStreamingCall<_isochron_v1_WatchRequest__Output, _isochron_v1_JobEvent>;
  
}

export interface SamplerDefinition extends grpc.ServiceDefinition {
  Cancel: MethodDefinition<_isochron_v1_JobRequest, _isochron_v1_JobStatus, _isochron_v1_JobRequest__Output, _isochron_v1_JobStatus__Output>
  Drain: MethodDefinition<_isochron_v1_DrainRequest, _isochron_v1_DrainReply, _isochron_v1_DrainRequest__Output, _isochron_v1_DrainReply__Output>
  GetJob: MethodDefinition<_isochron_v1_JobRequest, _isochron_v1_JobStatus, _isochron_v1_JobRequest__Output, _isochron_v1_JobStatus__Output>
  GetLoad: MethodDefinition<_isochron_v1_LoadRequest, _isochron_v1_LoadReply, _isochron_v1_LoadRequest__Output, _isochron_v1_LoadReply__Output>
  ListJobs: MethodDefinition<_isochron_v1_ListJobsRequest, _isochron_v1_ListJobsReply, _isochron_v1_ListJobsRequest__Output, _isochron_v1_ListJobsReply__Output>
  ListModels: MethodDefinition<_isochron_v1_ListModelsRequest, _isochron_v1_ListModelsReply, _isochron_v1_ListModelsRequest__Output, _isochron_v1_ListModelsReply__Output>
  ListWorkers: MethodDefinition<_isochron_v1_ListWorkersRequest, _isochron_v1_ListWorkersReply, _isochron_v1_ListWorkersRequest__Output, _isochron_v1_ListWorkersReply__Output>
  Plan: MethodDefinition<_isochron_v1_SubmitRequest, _isochron_v1_PlanReply, _isochron_v1_SubmitRequest__Output, _isochron_v1_PlanReply__Output>
  Result: MethodDefinition<_isochron_v1_JobRequest, _isochron_v1_ResultChunk, _isochron_v1_JobRequest__Output, _isochron_v1_ResultChunk__Output>
  Submit: MethodDefinition<_isochron_v1_SubmitRequest, _isochron_v1_SubmitReply, _isochron_v1_SubmitRequest__Output, _isochron_v1_SubmitReply__Output>
  SubmitTrajectory: MethodDefinition<_isochron_v1_TrajectoryPiece, _isochron_v1_SubmitReply, _isochron_v1_TrajectoryPiece__Output, _isochron_v1_SubmitReply__Output>
  Watch: MethodDefinition<_isochron_v1_WatchRequest, _isochron_v1_JobEvent, _isochron_v1_WatchRequest__Output, _isochron_v1_JobEvent__Output>
}
