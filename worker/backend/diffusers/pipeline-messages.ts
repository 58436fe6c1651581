import type { ErrorCode, ErrorContext } from '../../../shared/protocol/errors.ts';
import type {
  EncodedCondition,
  Picture,
  Pixels,
  Prompts,
} from '../../../shared/protocol/pipeline-wire.ts';
import type { PipelineSource } from './pipeline-graphs.ts';

interface Asked {
  readonly id: number;
  readonly source: PipelineSource;
}

export type ToPipeline =
  | (Asked & { readonly kind: 'encode'; readonly prompts: Prompts })
  | (Asked & { readonly kind: 'decode'; readonly latent: Float32Array })
  | (Asked & { readonly kind: 'encodePicture'; readonly pixels: Pixels })
  | { readonly kind: 'close' };

export type FromPipeline =
  | {
      readonly kind: 'encoded';
      readonly id: number;
      readonly conditions: readonly EncodedCondition[];
    }
  | { readonly kind: 'latent'; readonly id: number; readonly latent: Float32Array }
  | { readonly kind: 'decoded'; readonly id: number; readonly picture: Picture }
  | {
      readonly kind: 'failed';
      readonly id: number;
      readonly code: ErrorCode;
      readonly message: string;
      readonly context: ErrorContext;
      readonly retriable: boolean;
    };
