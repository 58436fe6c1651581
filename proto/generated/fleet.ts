import type * as grpc from '@grpc/grpc-js';
import type { MessageTypeDefinition } from '@grpc/proto-loader';

import type { Absorb as _isochron_v1_Absorb, Absorb__Output as _isochron_v1_Absorb__Output } from './isochron/v1/Absorb.ts';
import type { Absorbed as _isochron_v1_Absorbed, Absorbed__Output as _isochron_v1_Absorbed__Output } from './isochron/v1/Absorbed.ts';
import type { Advance as _isochron_v1_Advance, Advance__Output as _isochron_v1_Advance__Output } from './isochron/v1/Advance.ts';
import type { Advanced as _isochron_v1_Advanced, Advanced__Output as _isochron_v1_Advanced__Output } from './isochron/v1/Advanced.ts';
import type { AssignBlock as _isochron_v1_AssignBlock, AssignBlock__Output as _isochron_v1_AssignBlock__Output } from './isochron/v1/AssignBlock.ts';
import type { Attach as _isochron_v1_Attach, Attach__Output as _isochron_v1_Attach__Output } from './isochron/v1/Attach.ts';
import type { BlockFailed as _isochron_v1_BlockFailed, BlockFailed__Output as _isochron_v1_BlockFailed__Output } from './isochron/v1/BlockFailed.ts';
import type { Bound as _isochron_v1_Bound, Bound__Output as _isochron_v1_Bound__Output } from './isochron/v1/Bound.ts';
import type { CloseJob as _isochron_v1_CloseJob, CloseJob__Output as _isochron_v1_CloseJob__Output } from './isochron/v1/CloseJob.ts';
import type { ComputedStep as _isochron_v1_ComputedStep, ComputedStep__Output as _isochron_v1_ComputedStep__Output } from './isochron/v1/ComputedStep.ts';
import type { Condition as _isochron_v1_Condition, Condition__Output as _isochron_v1_Condition__Output } from './isochron/v1/Condition.ts';
import type { ConditionTensor as _isochron_v1_ConditionTensor, ConditionTensor__Output as _isochron_v1_ConditionTensor__Output } from './isochron/v1/ConditionTensor.ts';
import type { Contraction as _isochron_v1_Contraction, Contraction__Output as _isochron_v1_Contraction__Output } from './isochron/v1/Contraction.ts';
import type { Convergence as _isochron_v1_Convergence, Convergence__Output as _isochron_v1_Convergence__Output } from './isochron/v1/Convergence.ts';
import type { ConvergenceEntry as _isochron_v1_ConvergenceEntry, ConvergenceEntry__Output as _isochron_v1_ConvergenceEntry__Output } from './isochron/v1/ConvergenceEntry.ts';
import type { CoordinatorControl as _isochron_v1_CoordinatorControl, CoordinatorControl__Output as _isochron_v1_CoordinatorControl__Output } from './isochron/v1/CoordinatorControl.ts';
import type { CoordinatorData as _isochron_v1_CoordinatorData, CoordinatorData__Output as _isochron_v1_CoordinatorData__Output } from './isochron/v1/CoordinatorData.ts';
import type { Correct as _isochron_v1_Correct, Correct__Output as _isochron_v1_Correct__Output } from './isochron/v1/Correct.ts';
import type { Corrected as _isochron_v1_Corrected, Corrected__Output as _isochron_v1_Corrected__Output } from './isochron/v1/Corrected.ts';
import type { Cost as _isochron_v1_Cost, Cost__Output as _isochron_v1_Cost__Output } from './isochron/v1/Cost.ts';
import type { DecodeLatent as _isochron_v1_DecodeLatent, DecodeLatent__Output as _isochron_v1_DecodeLatent__Output } from './isochron/v1/DecodeLatent.ts';
import type { DecodedPicture as _isochron_v1_DecodedPicture, DecodedPicture__Output as _isochron_v1_DecodedPicture__Output } from './isochron/v1/DecodedPicture.ts';
import type { DrainOrder as _isochron_v1_DrainOrder, DrainOrder__Output as _isochron_v1_DrainOrder__Output } from './isochron/v1/DrainOrder.ts';
import type { Draining as _isochron_v1_Draining, Draining__Output as _isochron_v1_Draining__Output } from './isochron/v1/Draining.ts';
import type { Edge as _isochron_v1_Edge, Edge__Output as _isochron_v1_Edge__Output } from './isochron/v1/Edge.ts';
import type { EncodePicture as _isochron_v1_EncodePicture, EncodePicture__Output as _isochron_v1_EncodePicture__Output } from './isochron/v1/EncodePicture.ts';
import type { EncodePrompts as _isochron_v1_EncodePrompts, EncodePrompts__Output as _isochron_v1_EncodePrompts__Output } from './isochron/v1/EncodePrompts.ts';
import type { EncodedTensor as _isochron_v1_EncodedTensor, EncodedTensor__Output as _isochron_v1_EncodedTensor__Output } from './isochron/v1/EncodedTensor.ts';
import type { EncodedTensors as _isochron_v1_EncodedTensors, EncodedTensors__Output as _isochron_v1_EncodedTensors__Output } from './isochron/v1/EncodedTensors.ts';
import type { ErrorState as _isochron_v1_ErrorState, ErrorState__Output as _isochron_v1_ErrorState__Output } from './isochron/v1/ErrorState.ts';
import type { Fence as _isochron_v1_Fence, Fence__Output as _isochron_v1_Fence__Output } from './isochron/v1/Fence.ts';
import type { FleetClient as _isochron_v1_FleetClient, FleetDefinition as _isochron_v1_FleetDefinition } from './isochron/v1/Fleet.ts';
import type { FrozenRow as _isochron_v1_FrozenRow, FrozenRow__Output as _isochron_v1_FrozenRow__Output } from './isochron/v1/FrozenRow.ts';
import type { Heard as _isochron_v1_Heard, Heard__Output as _isochron_v1_Heard__Output } from './isochron/v1/Heard.ts';
import type { Heartbeat as _isochron_v1_Heartbeat, Heartbeat__Output as _isochron_v1_Heartbeat__Output } from './isochron/v1/Heartbeat.ts';
import type { Input as _isochron_v1_Input, Input__Output as _isochron_v1_Input__Output } from './isochron/v1/Input.ts';
import type { LatencyPoint as _isochron_v1_LatencyPoint, LatencyPoint__Output as _isochron_v1_LatencyPoint__Output } from './isochron/v1/LatencyPoint.ts';
import type { LatentPart as _isochron_v1_LatentPart, LatentPart__Output as _isochron_v1_LatentPart__Output } from './isochron/v1/LatentPart.ts';
import type { Latents as _isochron_v1_Latents, Latents__Output as _isochron_v1_Latents__Output } from './isochron/v1/Latents.ts';
import type { Measure as _isochron_v1_Measure, Measure__Output as _isochron_v1_Measure__Output } from './isochron/v1/Measure.ts';
import type { Measured as _isochron_v1_Measured, Measured__Output as _isochron_v1_Measured__Output } from './isochron/v1/Measured.ts';
import type { Missing as _isochron_v1_Missing, Missing__Output as _isochron_v1_Missing__Output } from './isochron/v1/Missing.ts';
import type { Model as _isochron_v1_Model, Model__Output as _isochron_v1_Model__Output } from './isochron/v1/Model.ts';
import type { Moments as _isochron_v1_Moments, Moments__Output as _isochron_v1_Moments__Output } from './isochron/v1/Moments.ts';
import type { OpenJob as _isochron_v1_OpenJob, OpenJob__Output as _isochron_v1_OpenJob__Output } from './isochron/v1/OpenJob.ts';
import type { Order as _isochron_v1_Order, Order__Output as _isochron_v1_Order__Output } from './isochron/v1/Order.ts';
import type { PipelineFailed as _isochron_v1_PipelineFailed, PipelineFailed__Output as _isochron_v1_PipelineFailed__Output } from './isochron/v1/PipelineFailed.ts';
import type { Probe as _isochron_v1_Probe, Probe__Output as _isochron_v1_Probe__Output } from './isochron/v1/Probe.ts';
import type { Progress as _isochron_v1_Progress, Progress__Output as _isochron_v1_Progress__Output } from './isochron/v1/Progress.ts';
import type { Register as _isochron_v1_Register, Register__Output as _isochron_v1_Register__Output } from './isochron/v1/Register.ts';
import type { Registered as _isochron_v1_Registered, Registered__Output as _isochron_v1_Registered__Output } from './isochron/v1/Registered.ts';
import type { ReleaseBlock as _isochron_v1_ReleaseBlock, ReleaseBlock__Output as _isochron_v1_ReleaseBlock__Output } from './isochron/v1/ReleaseBlock.ts';
import type { Residuals as _isochron_v1_Residuals, Residuals__Output as _isochron_v1_Residuals__Output } from './isochron/v1/Residuals.ts';
import type { RowScalars as _isochron_v1_RowScalars, RowScalars__Output as _isochron_v1_RowScalars__Output } from './isochron/v1/RowScalars.ts';
import type { Rows as _isochron_v1_Rows, Rows__Output as _isochron_v1_Rows__Output } from './isochron/v1/Rows.ts';
import type { StepRule as _isochron_v1_StepRule, StepRule__Output as _isochron_v1_StepRule__Output } from './isochron/v1/StepRule.ts';
import type { Supply as _isochron_v1_Supply, Supply__Output as _isochron_v1_Supply__Output } from './isochron/v1/Supply.ts';
import type { Sweep as _isochron_v1_Sweep, Sweep__Output as _isochron_v1_Sweep__Output } from './isochron/v1/Sweep.ts';
import type { Swept as _isochron_v1_Swept, Swept__Output as _isochron_v1_Swept__Output } from './isochron/v1/Swept.ts';
import type { WorkerControl as _isochron_v1_WorkerControl, WorkerControl__Output as _isochron_v1_WorkerControl__Output } from './isochron/v1/WorkerControl.ts';
import type { WorkerData as _isochron_v1_WorkerData, WorkerData__Output as _isochron_v1_WorkerData__Output } from './isochron/v1/WorkerData.ts';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  isochron: {
    v1: {
      Absorb: MessageTypeDefinition<_isochron_v1_Absorb, _isochron_v1_Absorb__Output>
      Absorbed: MessageTypeDefinition<_isochron_v1_Absorbed, _isochron_v1_Absorbed__Output>
      Advance: MessageTypeDefinition<_isochron_v1_Advance, _isochron_v1_Advance__Output>
      Advanced: MessageTypeDefinition<_isochron_v1_Advanced, _isochron_v1_Advanced__Output>
      AssignBlock: MessageTypeDefinition<_isochron_v1_AssignBlock, _isochron_v1_AssignBlock__Output>
      Attach: MessageTypeDefinition<_isochron_v1_Attach, _isochron_v1_Attach__Output>
      BlockFailed: MessageTypeDefinition<_isochron_v1_BlockFailed, _isochron_v1_BlockFailed__Output>
      Bound: MessageTypeDefinition<_isochron_v1_Bound, _isochron_v1_Bound__Output>
      CloseJob: MessageTypeDefinition<_isochron_v1_CloseJob, _isochron_v1_CloseJob__Output>
      ComputedStep: MessageTypeDefinition<_isochron_v1_ComputedStep, _isochron_v1_ComputedStep__Output>
      Condition: MessageTypeDefinition<_isochron_v1_Condition, _isochron_v1_Condition__Output>
      ConditionTensor: MessageTypeDefinition<_isochron_v1_ConditionTensor, _isochron_v1_ConditionTensor__Output>
      Contraction: MessageTypeDefinition<_isochron_v1_Contraction, _isochron_v1_Contraction__Output>
      Convergence: MessageTypeDefinition<_isochron_v1_Convergence, _isochron_v1_Convergence__Output>
      ConvergenceEntry: MessageTypeDefinition<_isochron_v1_ConvergenceEntry, _isochron_v1_ConvergenceEntry__Output>
      CoordinatorControl: MessageTypeDefinition<_isochron_v1_CoordinatorControl, _isochron_v1_CoordinatorControl__Output>
      CoordinatorData: MessageTypeDefinition<_isochron_v1_CoordinatorData, _isochron_v1_CoordinatorData__Output>
      Correct: MessageTypeDefinition<_isochron_v1_Correct, _isochron_v1_Correct__Output>
      Corrected: MessageTypeDefinition<_isochron_v1_Corrected, _isochron_v1_Corrected__Output>
      Cost: MessageTypeDefinition<_isochron_v1_Cost, _isochron_v1_Cost__Output>
      DecodeLatent: MessageTypeDefinition<_isochron_v1_DecodeLatent, _isochron_v1_DecodeLatent__Output>
      DecodedPicture: MessageTypeDefinition<_isochron_v1_DecodedPicture, _isochron_v1_DecodedPicture__Output>
      DrainOrder: MessageTypeDefinition<_isochron_v1_DrainOrder, _isochron_v1_DrainOrder__Output>
      Draining: MessageTypeDefinition<_isochron_v1_Draining, _isochron_v1_Draining__Output>
      Edge: MessageTypeDefinition<_isochron_v1_Edge, _isochron_v1_Edge__Output>
      EncodePicture: MessageTypeDefinition<_isochron_v1_EncodePicture, _isochron_v1_EncodePicture__Output>
      EncodePrompts: MessageTypeDefinition<_isochron_v1_EncodePrompts, _isochron_v1_EncodePrompts__Output>
      EncodedTensor: MessageTypeDefinition<_isochron_v1_EncodedTensor, _isochron_v1_EncodedTensor__Output>
      EncodedTensors: MessageTypeDefinition<_isochron_v1_EncodedTensors, _isochron_v1_EncodedTensors__Output>
      ErrorState: MessageTypeDefinition<_isochron_v1_ErrorState, _isochron_v1_ErrorState__Output>
      Fence: MessageTypeDefinition<_isochron_v1_Fence, _isochron_v1_Fence__Output>
      Fleet: SubtypeConstructor<typeof grpc.Client, _isochron_v1_FleetClient> & { service: _isochron_v1_FleetDefinition }
      FrozenRow: MessageTypeDefinition<_isochron_v1_FrozenRow, _isochron_v1_FrozenRow__Output>
      Heard: MessageTypeDefinition<_isochron_v1_Heard, _isochron_v1_Heard__Output>
      Heartbeat: MessageTypeDefinition<_isochron_v1_Heartbeat, _isochron_v1_Heartbeat__Output>
      Input: MessageTypeDefinition<_isochron_v1_Input, _isochron_v1_Input__Output>
      LatencyPoint: MessageTypeDefinition<_isochron_v1_LatencyPoint, _isochron_v1_LatencyPoint__Output>
      LatentPart: MessageTypeDefinition<_isochron_v1_LatentPart, _isochron_v1_LatentPart__Output>
      Latents: MessageTypeDefinition<_isochron_v1_Latents, _isochron_v1_Latents__Output>
      Measure: MessageTypeDefinition<_isochron_v1_Measure, _isochron_v1_Measure__Output>
      Measured: MessageTypeDefinition<_isochron_v1_Measured, _isochron_v1_Measured__Output>
      Missing: MessageTypeDefinition<_isochron_v1_Missing, _isochron_v1_Missing__Output>
      Model: MessageTypeDefinition<_isochron_v1_Model, _isochron_v1_Model__Output>
      Moments: MessageTypeDefinition<_isochron_v1_Moments, _isochron_v1_Moments__Output>
      OpenJob: MessageTypeDefinition<_isochron_v1_OpenJob, _isochron_v1_OpenJob__Output>
      Order: MessageTypeDefinition<_isochron_v1_Order, _isochron_v1_Order__Output>
      PipelineFailed: MessageTypeDefinition<_isochron_v1_PipelineFailed, _isochron_v1_PipelineFailed__Output>
      Probe: MessageTypeDefinition<_isochron_v1_Probe, _isochron_v1_Probe__Output>
      Progress: MessageTypeDefinition<_isochron_v1_Progress, _isochron_v1_Progress__Output>
      Register: MessageTypeDefinition<_isochron_v1_Register, _isochron_v1_Register__Output>
      Registered: MessageTypeDefinition<_isochron_v1_Registered, _isochron_v1_Registered__Output>
      ReleaseBlock: MessageTypeDefinition<_isochron_v1_ReleaseBlock, _isochron_v1_ReleaseBlock__Output>
      Residuals: MessageTypeDefinition<_isochron_v1_Residuals, _isochron_v1_Residuals__Output>
      RowScalars: MessageTypeDefinition<_isochron_v1_RowScalars, _isochron_v1_RowScalars__Output>
      Rows: MessageTypeDefinition<_isochron_v1_Rows, _isochron_v1_Rows__Output>
      StepRule: MessageTypeDefinition<_isochron_v1_StepRule, _isochron_v1_StepRule__Output>
      Supply: MessageTypeDefinition<_isochron_v1_Supply, _isochron_v1_Supply__Output>
      Sweep: MessageTypeDefinition<_isochron_v1_Sweep, _isochron_v1_Sweep__Output>
      Swept: MessageTypeDefinition<_isochron_v1_Swept, _isochron_v1_Swept__Output>
      WorkerControl: MessageTypeDefinition<_isochron_v1_WorkerControl, _isochron_v1_WorkerControl__Output>
      WorkerData: MessageTypeDefinition<_isochron_v1_WorkerData, _isochron_v1_WorkerData__Output>
    }
  }
}

