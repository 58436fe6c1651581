import type * as grpc from '@grpc/grpc-js';
import type { EnumTypeDefinition, MessageTypeDefinition } from '@grpc/proto-loader';

import type { AvailableModel as _isochron_v1_AvailableModel, AvailableModel__Output as _isochron_v1_AvailableModel__Output } from './isochron/v1/AvailableModel.ts';
import type { Baseline as _isochron_v1_Baseline, Baseline__Output as _isochron_v1_Baseline__Output } from './isochron/v1/Baseline.ts';
import type { Bound as _isochron_v1_Bound, Bound__Output as _isochron_v1_Bound__Output } from './isochron/v1/Bound.ts';
import type { Certificate as _isochron_v1_Certificate, Certificate__Output as _isochron_v1_Certificate__Output } from './isochron/v1/Certificate.ts';
import type { ClientLoad as _isochron_v1_ClientLoad, ClientLoad__Output as _isochron_v1_ClientLoad__Output } from './isochron/v1/ClientLoad.ts';
import type { Condition as _isochron_v1_Condition, Condition__Output as _isochron_v1_Condition__Output } from './isochron/v1/Condition.ts';
import type { Contraction as _isochron_v1_Contraction, Contraction__Output as _isochron_v1_Contraction__Output } from './isochron/v1/Contraction.ts';
import type { Convergence as _isochron_v1_Convergence, Convergence__Output as _isochron_v1_Convergence__Output } from './isochron/v1/Convergence.ts';
import type { ConvergenceEntry as _isochron_v1_ConvergenceEntry, ConvergenceEntry__Output as _isochron_v1_ConvergenceEntry__Output } from './isochron/v1/ConvergenceEntry.ts';
import type { DrainReply as _isochron_v1_DrainReply, DrainReply__Output as _isochron_v1_DrainReply__Output } from './isochron/v1/DrainReply.ts';
import type { DrainRequest as _isochron_v1_DrainRequest, DrainRequest__Output as _isochron_v1_DrainRequest__Output } from './isochron/v1/DrainRequest.ts';
import type { HeldBlock as _isochron_v1_HeldBlock, HeldBlock__Output as _isochron_v1_HeldBlock__Output } from './isochron/v1/HeldBlock.ts';
import type { Input as _isochron_v1_Input, Input__Output as _isochron_v1_Input__Output } from './isochron/v1/Input.ts';
import type { JobEvent as _isochron_v1_JobEvent, JobEvent__Output as _isochron_v1_JobEvent__Output } from './isochron/v1/JobEvent.ts';
import type { JobRequest as _isochron_v1_JobRequest, JobRequest__Output as _isochron_v1_JobRequest__Output } from './isochron/v1/JobRequest.ts';
import type { JobStatus as _isochron_v1_JobStatus, JobStatus__Output as _isochron_v1_JobStatus__Output } from './isochron/v1/JobStatus.ts';
import type { LatencyPoint as _isochron_v1_LatencyPoint, LatencyPoint__Output as _isochron_v1_LatencyPoint__Output } from './isochron/v1/LatencyPoint.ts';
import type { LatentPart as _isochron_v1_LatentPart, LatentPart__Output as _isochron_v1_LatentPart__Output } from './isochron/v1/LatentPart.ts';
import type { Latents as _isochron_v1_Latents, Latents__Output as _isochron_v1_Latents__Output } from './isochron/v1/Latents.ts';
import type { ListJobsReply as _isochron_v1_ListJobsReply, ListJobsReply__Output as _isochron_v1_ListJobsReply__Output } from './isochron/v1/ListJobsReply.ts';
import type { ListJobsRequest as _isochron_v1_ListJobsRequest, ListJobsRequest__Output as _isochron_v1_ListJobsRequest__Output } from './isochron/v1/ListJobsRequest.ts';
import type { ListModelsReply as _isochron_v1_ListModelsReply, ListModelsReply__Output as _isochron_v1_ListModelsReply__Output } from './isochron/v1/ListModelsReply.ts';
import type { ListModelsRequest as _isochron_v1_ListModelsRequest, ListModelsRequest__Output as _isochron_v1_ListModelsRequest__Output } from './isochron/v1/ListModelsRequest.ts';
import type { ListWorkersReply as _isochron_v1_ListWorkersReply, ListWorkersReply__Output as _isochron_v1_ListWorkersReply__Output } from './isochron/v1/ListWorkersReply.ts';
import type { ListWorkersRequest as _isochron_v1_ListWorkersRequest, ListWorkersRequest__Output as _isochron_v1_ListWorkersRequest__Output } from './isochron/v1/ListWorkersRequest.ts';
import type { LoadReply as _isochron_v1_LoadReply, LoadReply__Output as _isochron_v1_LoadReply__Output } from './isochron/v1/LoadReply.ts';
import type { LoadRequest as _isochron_v1_LoadRequest, LoadRequest__Output as _isochron_v1_LoadRequest__Output } from './isochron/v1/LoadRequest.ts';
import type { Model as _isochron_v1_Model, Model__Output as _isochron_v1_Model__Output } from './isochron/v1/Model.ts';
import type { PicturePiece as _isochron_v1_PicturePiece, PicturePiece__Output as _isochron_v1_PicturePiece__Output } from './isochron/v1/PicturePiece.ts';
import type { PlanReply as _isochron_v1_PlanReply, PlanReply__Output as _isochron_v1_PlanReply__Output } from './isochron/v1/PlanReply.ts';
import type { PlanSummary as _isochron_v1_PlanSummary, PlanSummary__Output as _isochron_v1_PlanSummary__Output } from './isochron/v1/PlanSummary.ts';
import type { PlannedSetting as _isochron_v1_PlannedSetting, PlannedSetting__Output as _isochron_v1_PlannedSetting__Output } from './isochron/v1/PlannedSetting.ts';
import type { Report as _isochron_v1_Report, Report__Output as _isochron_v1_Report__Output } from './isochron/v1/Report.ts';
import type { ResultChunk as _isochron_v1_ResultChunk, ResultChunk__Output as _isochron_v1_ResultChunk__Output } from './isochron/v1/ResultChunk.ts';
import type { SamplerClient as _isochron_v1_SamplerClient, SamplerDefinition as _isochron_v1_SamplerDefinition } from './isochron/v1/Sampler.ts';
import type { SpotChecks as _isochron_v1_SpotChecks, SpotChecks__Output as _isochron_v1_SpotChecks__Output } from './isochron/v1/SpotChecks.ts';
import type { SubmitReply as _isochron_v1_SubmitReply, SubmitReply__Output as _isochron_v1_SubmitReply__Output } from './isochron/v1/SubmitReply.ts';
import type { SubmitRequest as _isochron_v1_SubmitRequest, SubmitRequest__Output as _isochron_v1_SubmitRequest__Output } from './isochron/v1/SubmitRequest.ts';
import type { TimeSplit as _isochron_v1_TimeSplit, TimeSplit__Output as _isochron_v1_TimeSplit__Output } from './isochron/v1/TimeSplit.ts';
import type { TraceRound as _isochron_v1_TraceRound, TraceRound__Output as _isochron_v1_TraceRound__Output } from './isochron/v1/TraceRound.ts';
import type { TrajectoryHead as _isochron_v1_TrajectoryHead, TrajectoryHead__Output as _isochron_v1_TrajectoryHead__Output } from './isochron/v1/TrajectoryHead.ts';
import type { TrajectoryPiece as _isochron_v1_TrajectoryPiece, TrajectoryPiece__Output as _isochron_v1_TrajectoryPiece__Output } from './isochron/v1/TrajectoryPiece.ts';
import type { WatchRequest as _isochron_v1_WatchRequest, WatchRequest__Output as _isochron_v1_WatchRequest__Output } from './isochron/v1/WatchRequest.ts';
import type { Worker as _isochron_v1_Worker, Worker__Output as _isochron_v1_Worker__Output } from './isochron/v1/Worker.ts';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  isochron: {
    v1: {
      AvailableModel: MessageTypeDefinition<_isochron_v1_AvailableModel, _isochron_v1_AvailableModel__Output>
      Baseline: MessageTypeDefinition<_isochron_v1_Baseline, _isochron_v1_Baseline__Output>
      Bound: MessageTypeDefinition<_isochron_v1_Bound, _isochron_v1_Bound__Output>
      Certificate: MessageTypeDefinition<_isochron_v1_Certificate, _isochron_v1_Certificate__Output>
      ClientLoad: MessageTypeDefinition<_isochron_v1_ClientLoad, _isochron_v1_ClientLoad__Output>
      Condition: MessageTypeDefinition<_isochron_v1_Condition, _isochron_v1_Condition__Output>
      Contraction: MessageTypeDefinition<_isochron_v1_Contraction, _isochron_v1_Contraction__Output>
      Convergence: MessageTypeDefinition<_isochron_v1_Convergence, _isochron_v1_Convergence__Output>
      ConvergenceEntry: MessageTypeDefinition<_isochron_v1_ConvergenceEntry, _isochron_v1_ConvergenceEntry__Output>
      DrainReply: MessageTypeDefinition<_isochron_v1_DrainReply, _isochron_v1_DrainReply__Output>
      DrainRequest: MessageTypeDefinition<_isochron_v1_DrainRequest, _isochron_v1_DrainRequest__Output>
      HeldBlock: MessageTypeDefinition<_isochron_v1_HeldBlock, _isochron_v1_HeldBlock__Output>
      Input: MessageTypeDefinition<_isochron_v1_Input, _isochron_v1_Input__Output>
      JobEvent: MessageTypeDefinition<_isochron_v1_JobEvent, _isochron_v1_JobEvent__Output>
      JobRequest: MessageTypeDefinition<_isochron_v1_JobRequest, _isochron_v1_JobRequest__Output>
      JobState: EnumTypeDefinition
      JobStatus: MessageTypeDefinition<_isochron_v1_JobStatus, _isochron_v1_JobStatus__Output>
      LatencyPoint: MessageTypeDefinition<_isochron_v1_LatencyPoint, _isochron_v1_LatencyPoint__Output>
      LatentPart: MessageTypeDefinition<_isochron_v1_LatentPart, _isochron_v1_LatentPart__Output>
      Latents: MessageTypeDefinition<_isochron_v1_Latents, _isochron_v1_Latents__Output>
      ListJobsReply: MessageTypeDefinition<_isochron_v1_ListJobsReply, _isochron_v1_ListJobsReply__Output>
      ListJobsRequest: MessageTypeDefinition<_isochron_v1_ListJobsRequest, _isochron_v1_ListJobsRequest__Output>
      ListModelsReply: MessageTypeDefinition<_isochron_v1_ListModelsReply, _isochron_v1_ListModelsReply__Output>
      ListModelsRequest: MessageTypeDefinition<_isochron_v1_ListModelsRequest, _isochron_v1_ListModelsRequest__Output>
      ListWorkersReply: MessageTypeDefinition<_isochron_v1_ListWorkersReply, _isochron_v1_ListWorkersReply__Output>
      ListWorkersRequest: MessageTypeDefinition<_isochron_v1_ListWorkersRequest, _isochron_v1_ListWorkersRequest__Output>
      LoadReply: MessageTypeDefinition<_isochron_v1_LoadReply, _isochron_v1_LoadReply__Output>
      LoadRequest: MessageTypeDefinition<_isochron_v1_LoadRequest, _isochron_v1_LoadRequest__Output>
      Model: MessageTypeDefinition<_isochron_v1_Model, _isochron_v1_Model__Output>
      PicturePiece: MessageTypeDefinition<_isochron_v1_PicturePiece, _isochron_v1_PicturePiece__Output>
      PlanReply: MessageTypeDefinition<_isochron_v1_PlanReply, _isochron_v1_PlanReply__Output>
      PlanSummary: MessageTypeDefinition<_isochron_v1_PlanSummary, _isochron_v1_PlanSummary__Output>
      PlannedSetting: MessageTypeDefinition<_isochron_v1_PlannedSetting, _isochron_v1_PlannedSetting__Output>
      Report: MessageTypeDefinition<_isochron_v1_Report, _isochron_v1_Report__Output>
      ResultChunk: MessageTypeDefinition<_isochron_v1_ResultChunk, _isochron_v1_ResultChunk__Output>
      Sampler: SubtypeConstructor<typeof grpc.Client, _isochron_v1_SamplerClient> & { service: _isochron_v1_SamplerDefinition }
      SpotChecks: MessageTypeDefinition<_isochron_v1_SpotChecks, _isochron_v1_SpotChecks__Output>
      SubmitReply: MessageTypeDefinition<_isochron_v1_SubmitReply, _isochron_v1_SubmitReply__Output>
      SubmitRequest: MessageTypeDefinition<_isochron_v1_SubmitRequest, _isochron_v1_SubmitRequest__Output>
      TimeSplit: MessageTypeDefinition<_isochron_v1_TimeSplit, _isochron_v1_TimeSplit__Output>
      TraceRound: MessageTypeDefinition<_isochron_v1_TraceRound, _isochron_v1_TraceRound__Output>
      TrajectoryHead: MessageTypeDefinition<_isochron_v1_TrajectoryHead, _isochron_v1_TrajectoryHead__Output>
      TrajectoryPiece: MessageTypeDefinition<_isochron_v1_TrajectoryPiece, _isochron_v1_TrajectoryPiece__Output>
      WatchRequest: MessageTypeDefinition<_isochron_v1_WatchRequest, _isochron_v1_WatchRequest__Output>
      Worker: MessageTypeDefinition<_isochron_v1_Worker, _isochron_v1_Worker__Output>
    }
  }
}

