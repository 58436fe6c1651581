/** Orders for what a pipeline has around its denoiser: its text encoders and its decoder. */
import type { Order__Output } from '../../proto/generated/isochron/v1/Order.ts';
import type { WorkerData } from '../../proto/generated/isochron/v1/WorkerData.ts';
import { SamplerError } from '../../shared/protocol/errors.ts';
import {
  decodeLatentOrder,
  decodePictureOrder,
  decodePromptsOrder,
  encodeConditions,
  encodeFailure,
  encodePicture,
} from '../../shared/protocol/pipeline-wire.ts';
import type { Pipelines } from '../backend/backend.ts';

/** @returns the answer, or undefined for an order that is not for pipelines; never rejects */
export function pipelineAnswer(
  pipelines: Pipelines | undefined,
  { encodePrompts, decodeLatent, encodePicture: encodesPicture }: Order__Output,
): Promise<WorkerData[]> | undefined {
  const { number, model } = encodePrompts ?? decodeLatent ?? encodesPicture ?? {};
  if (number === undefined || model === undefined) return undefined;
  const answer = async (): Promise<WorkerData[]> => {
    if (!pipelines) throw new SamplerError('UNKNOWN_MODEL', `no pipeline ${model} here`);
    if (encodePrompts) {
      const conditions = await pipelines.encode(model, decodePromptsOrder(encodePrompts));
      return encodeConditions(number, conditions);
    }
    if (encodesPicture) {
      const data = await pipelines.encodePicture(model, decodePictureOrder(encodesPicture));
      return encodeConditions(number, [{ name: 'latent', shape: [data.length], data }]);
    }
    const latent = decodeLatent ? decodeLatentOrder(decodeLatent) : new Float32Array();
    return encodePicture(number, await pipelines.decode(model, latent));
  };
  return answer().catch((error: unknown) => encodeFailure(number, error));
}
