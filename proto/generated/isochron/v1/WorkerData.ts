// Original file: isochron/v1/fleet.proto

import type { Attach as _isochron_v1_Attach, Attach__Output as _isochron_v1_Attach__Output } from '../../isochron/v1/Attach.ts';
import type { Swept as _isochron_v1_Swept, Swept__Output as _isochron_v1_Swept__Output } from '../../isochron/v1/Swept.ts';
import type { Absorbed as _isochron_v1_Absorbed, Absorbed__Output as _isochron_v1_Absorbed__Output } from '../../isochron/v1/Absorbed.ts';
import type { Progress as _isochron_v1_Progress, Progress__Output as _isochron_v1_Progress__Output } from '../../isochron/v1/Progress.ts';
import type { Advanced as _isochron_v1_Advanced, Advanced__Output as _isochron_v1_Advanced__Output } from '../../isochron/v1/Advanced.ts';
import type { BlockFailed as _isochron_v1_BlockFailed, BlockFailed__Output as _isochron_v1_BlockFailed__Output } from '../../isochron/v1/BlockFailed.ts';
import type { LatentPart as _isochron_v1_LatentPart, LatentPart__Output as _isochron_v1_LatentPart__Output } from '../../isochron/v1/LatentPart.ts';
import type { Moments as _isochron_v1_Moments, Moments__Output as _isochron_v1_Moments__Output } from '../../isochron/v1/Moments.ts';
import type { Corrected as _isochron_v1_Corrected, Corrected__Output as _isochron_v1_Corrected__Output } from '../../isochron/v1/Corrected.ts';
import type { Rows as _isochron_v1_Rows, Rows__Output as _isochron_v1_Rows__Output } from '../../isochron/v1/Rows.ts';
import type { Missing as _isochron_v1_Missing, Missing__Output as _isochron_v1_Missing__Output } from '../../isochron/v1/Missing.ts';
import type { EncodedTensors as _isochron_v1_EncodedTensors, EncodedTensors__Output as _isochron_v1_EncodedTensors__Output } from '../../isochron/v1/EncodedTensors.ts';
import type { DecodedPicture as _isochron_v1_DecodedPicture, DecodedPicture__Output as _isochron_v1_DecodedPicture__Output } from '../../isochron/v1/DecodedPicture.ts';
import type { PipelineFailed as _isochron_v1_PipelineFailed, PipelineFailed__Output as _isochron_v1_PipelineFailed__Output } from '../../isochron/v1/PipelineFailed.ts';

export interface WorkerData {
  'attach'?: (_isochron_v1_Attach | null);
  'swept'?: (_isochron_v1_Swept | null);
  'absorbed'?: (_isochron_v1_Absorbed | null);
  'progress'?: (_isochron_v1_Progress | null);
  'advanced'?: (_isochron_v1_Advanced | null);
  'blockFailed'?: (_isochron_v1_BlockFailed | null);
  'latentPart'?: (_isochron_v1_LatentPart | null);
  'moments'?: (_isochron_v1_Moments | null);
  'corrected'?: (_isochron_v1_Corrected | null);
  'rows'?: (_isochron_v1_Rows | null);
  'missing'?: (_isochron_v1_Missing | null);
  'encodedTensors'?: (_isochron_v1_EncodedTensors | null);
  'decodedPicture'?: (_isochron_v1_DecodedPicture | null);
  'pipelineFailed'?: (_isochron_v1_PipelineFailed | null);
  'message'?: "attach"|"swept"|"absorbed"|"progress"|"advanced"|"blockFailed"|"latentPart"|"moments"|"corrected"|"rows"|"missing"|"encodedTensors"|"decodedPicture"|"pipelineFailed";
}

export interface WorkerData__Output {
  'attach'?: (_isochron_v1_Attach__Output | null);
  'swept'?: (_isochron_v1_Swept__Output | null);
  'absorbed'?: (_isochron_v1_Absorbed__Output | null);
  'progress'?: (_isochron_v1_Progress__Output | null);
  'advanced'?: (_isochron_v1_Advanced__Output | null);
  'blockFailed'?: (_isochron_v1_BlockFailed__Output | null);
  'latentPart'?: (_isochron_v1_LatentPart__Output | null);
  'moments'?: (_isochron_v1_Moments__Output | null);
  'corrected'?: (_isochron_v1_Corrected__Output | null);
  'rows'?: (_isochron_v1_Rows__Output | null);
  'missing'?: (_isochron_v1_Missing__Output | null);
  'encodedTensors'?: (_isochron_v1_EncodedTensors__Output | null);
  'decodedPicture'?: (_isochron_v1_DecodedPicture__Output | null);
  'pipelineFailed'?: (_isochron_v1_PipelineFailed__Output | null);
  'message'?: "attach"|"swept"|"absorbed"|"progress"|"advanced"|"blockFailed"|"latentPart"|"moments"|"corrected"|"rows"|"missing"|"encodedTensors"|"decodedPicture"|"pipelineFailed";
}
