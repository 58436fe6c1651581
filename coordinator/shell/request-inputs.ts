import type { Input__Output } from '../../proto/generated/isochron/v1/Input.ts';
import type { SubmitRequest__Output } from '../../proto/generated/isochron/v1/SubmitRequest.ts';

/** What the job is given, whoever made it. */
export function inputsOf({ inputs, encoded }: SubmitRequest__Output): readonly Input__Output[] {
  return [...inputs, ...encoded];
}
