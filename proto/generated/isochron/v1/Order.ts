// Original file: isochron/v1/fleet.proto

import type { OpenJob as _isochron_v1_OpenJob, OpenJob__Output as _isochron_v1_OpenJob__Output } from '../../isochron/v1/OpenJob.ts';
import type { AssignBlock as _isochron_v1_AssignBlock, AssignBlock__Output as _isochron_v1_AssignBlock__Output } from '../../isochron/v1/AssignBlock.ts';
import type { Sweep as _isochron_v1_Sweep, Sweep__Output as _isochron_v1_Sweep__Output } from '../../isochron/v1/Sweep.ts';
import type { Advance as _isochron_v1_Advance, Advance__Output as _isochron_v1_Advance__Output } from '../../isochron/v1/Advance.ts';
import type { Absorb as _isochron_v1_Absorb, Absorb__Output as _isochron_v1_Absorb__Output } from '../../isochron/v1/Absorb.ts';
import type { Correct as _isochron_v1_Correct, Correct__Output as _isochron_v1_Correct__Output } from '../../isochron/v1/Correct.ts';
import type { ReleaseBlock as _isochron_v1_ReleaseBlock, ReleaseBlock__Output as _isochron_v1_ReleaseBlock__Output } from '../../isochron/v1/ReleaseBlock.ts';
import type { CloseJob as _isochron_v1_CloseJob, CloseJob__Output as _isochron_v1_CloseJob__Output } from '../../isochron/v1/CloseJob.ts';
import type { Supply as _isochron_v1_Supply, Supply__Output as _isochron_v1_Supply__Output } from '../../isochron/v1/Supply.ts';
import type { EncodePrompts as _isochron_v1_EncodePrompts, EncodePrompts__Output as _isochron_v1_EncodePrompts__Output } from '../../isochron/v1/EncodePrompts.ts';
import type { DecodeLatent as _isochron_v1_DecodeLatent, DecodeLatent__Output as _isochron_v1_DecodeLatent__Output } from '../../isochron/v1/DecodeLatent.ts';
import type { EncodePicture as _isochron_v1_EncodePicture, EncodePicture__Output as _isochron_v1_EncodePicture__Output } from '../../isochron/v1/EncodePicture.ts';

export interface Order {
  'openJob'?: (_isochron_v1_OpenJob | null);
  'assignBlock'?: (_isochron_v1_AssignBlock | null);
  'sweep'?: (_isochron_v1_Sweep | null);
  'advance'?: (_isochron_v1_Advance | null);
  'absorb'?: (_isochron_v1_Absorb | null);
  'correct'?: (_isochron_v1_Correct | null);
  'releaseBlock'?: (_isochron_v1_ReleaseBlock | null);
  'closeJob'?: (_isochron_v1_CloseJob | null);
  'supply'?: (_isochron_v1_Supply | null);
  'encodePrompts'?: (_isochron_v1_EncodePrompts | null);
  'decodeLatent'?: (_isochron_v1_DecodeLatent | null);
  'encodePicture'?: (_isochron_v1_EncodePicture | null);
  'order'?: "openJob"|"assignBlock"|"sweep"|"advance"|"absorb"|"correct"|"releaseBlock"|"closeJob"|"supply"|"encodePrompts"|"decodeLatent"|"encodePicture";
}

export interface Order__Output {
  'openJob'?: (_isochron_v1_OpenJob__Output | null);
  'assignBlock'?: (_isochron_v1_AssignBlock__Output | null);
  'sweep'?: (_isochron_v1_Sweep__Output | null);
  'advance'?: (_isochron_v1_Advance__Output | null);
  'absorb'?: (_isochron_v1_Absorb__Output | null);
  'correct'?: (_isochron_v1_Correct__Output | null);
  'releaseBlock'?: (_isochron_v1_ReleaseBlock__Output | null);
  'closeJob'?: (_isochron_v1_CloseJob__Output | null);
  'supply'?: (_isochron_v1_Supply__Output | null);
  'encodePrompts'?: (_isochron_v1_EncodePrompts__Output | null);
  'decodeLatent'?: (_isochron_v1_DecodeLatent__Output | null);
  'encodePicture'?: (_isochron_v1_EncodePicture__Output | null);
  'order'?: "openJob"|"assignBlock"|"sweep"|"advance"|"absorb"|"correct"|"releaseBlock"|"closeJob"|"supply"|"encodePrompts"|"decodeLatent"|"encodePicture";
}
