// Original file: isochron/v1/sampler.proto

import type { Report as _isochron_v1_Report, Report__Output as _isochron_v1_Report__Output } from '../../isochron/v1/Report.ts';
import type { TraceRound as _isochron_v1_TraceRound, TraceRound__Output as _isochron_v1_TraceRound__Output } from '../../isochron/v1/TraceRound.ts';
import type { Input as _isochron_v1_Input, Input__Output as _isochron_v1_Input__Output } from '../../isochron/v1/Input.ts';
import type { PicturePiece as _isochron_v1_PicturePiece, PicturePiece__Output as _isochron_v1_PicturePiece__Output } from '../../isochron/v1/PicturePiece.ts';

export interface ResultChunk {
  'report'?: (_isochron_v1_Report | null);
  'samples'?: (Buffer | Uint8Array | string);
  'round'?: (_isochron_v1_TraceRound | null);
  'residuals'?: (Buffer | Uint8Array | string);
  'input'?: (_isochron_v1_Input | null);
  'trajectory'?: (Buffer | Uint8Array | string);
  'picture'?: (_isochron_v1_PicturePiece | null);
  'noPictures'?: (string);
  'piece'?: "report"|"samples"|"round"|"residuals"|"input"|"trajectory"|"picture"|"noPictures";
}

export interface ResultChunk__Output {
  'report'?: (_isochron_v1_Report__Output | null);
  'samples'?: (Buffer);
  'round'?: (_isochron_v1_TraceRound__Output | null);
  'residuals'?: (Buffer);
  'input'?: (_isochron_v1_Input__Output | null);
  'trajectory'?: (Buffer);
  'picture'?: (_isochron_v1_PicturePiece__Output | null);
  'noPictures'?: (string);
  'piece'?: "report"|"samples"|"round"|"residuals"|"input"|"trajectory"|"picture"|"noPictures";
}
