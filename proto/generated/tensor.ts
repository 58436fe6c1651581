import type * as grpc from '@grpc/grpc-js';
import type { MessageTypeDefinition } from '@grpc/proto-loader';

import type { Bound as _isochron_v1_Bound, Bound__Output as _isochron_v1_Bound__Output } from './isochron/v1/Bound.ts';
import type { Condition as _isochron_v1_Condition, Condition__Output as _isochron_v1_Condition__Output } from './isochron/v1/Condition.ts';
import type { Contraction as _isochron_v1_Contraction, Contraction__Output as _isochron_v1_Contraction__Output } from './isochron/v1/Contraction.ts';
import type { Convergence as _isochron_v1_Convergence, Convergence__Output as _isochron_v1_Convergence__Output } from './isochron/v1/Convergence.ts';
import type { ConvergenceEntry as _isochron_v1_ConvergenceEntry, ConvergenceEntry__Output as _isochron_v1_ConvergenceEntry__Output } from './isochron/v1/ConvergenceEntry.ts';
import type { Input as _isochron_v1_Input, Input__Output as _isochron_v1_Input__Output } from './isochron/v1/Input.ts';
import type { LatencyPoint as _isochron_v1_LatencyPoint, LatencyPoint__Output as _isochron_v1_LatencyPoint__Output } from './isochron/v1/LatencyPoint.ts';
import type { LatentPart as _isochron_v1_LatentPart, LatentPart__Output as _isochron_v1_LatentPart__Output } from './isochron/v1/LatentPart.ts';
import type { Latents as _isochron_v1_Latents, Latents__Output as _isochron_v1_Latents__Output } from './isochron/v1/Latents.ts';
import type { Model as _isochron_v1_Model, Model__Output as _isochron_v1_Model__Output } from './isochron/v1/Model.ts';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  isochron: {
    v1: {
      Bound: MessageTypeDefinition<_isochron_v1_Bound, _isochron_v1_Bound__Output>
      Condition: MessageTypeDefinition<_isochron_v1_Condition, _isochron_v1_Condition__Output>
      Contraction: MessageTypeDefinition<_isochron_v1_Contraction, _isochron_v1_Contraction__Output>
      Convergence: MessageTypeDefinition<_isochron_v1_Convergence, _isochron_v1_Convergence__Output>
      ConvergenceEntry: MessageTypeDefinition<_isochron_v1_ConvergenceEntry, _isochron_v1_ConvergenceEntry__Output>
      Input: MessageTypeDefinition<_isochron_v1_Input, _isochron_v1_Input__Output>
      LatencyPoint: MessageTypeDefinition<_isochron_v1_LatencyPoint, _isochron_v1_LatencyPoint__Output>
      LatentPart: MessageTypeDefinition<_isochron_v1_LatentPart, _isochron_v1_LatentPart__Output>
      Latents: MessageTypeDefinition<_isochron_v1_Latents, _isochron_v1_Latents__Output>
      Model: MessageTypeDefinition<_isochron_v1_Model, _isochron_v1_Model__Output>
    }
  }
}

