/** The order in which messages of a core cluster arrive. */
import type { CommandOf } from '../../coordinator/core/command.ts';

type SendOf = CommandOf<'send'>;

/**
 * Any message that has no earlier one for the same block and worker; one for a worker that is late
 * where there is no other.
 */
export function takeDeliverable(
  mail: SendOf[],
  pick: (n: number) => number,
  late?: string,
): SendOf | undefined {
  const key = ({ worker, message }: SendOf) => `${worker}/${message.fence.block}`;
  const seen = new Set<string>();
  const first = mail.filter((item) => !seen.has(key(item)) && seen.add(key(item)));
  const prompt = first.filter(({ worker }) => worker !== late);
  const able = prompt.length > 0 ? prompt : first;
  const chosen = able[pick(Math.max(1, able.length))];
  if (chosen) mail.splice(mail.indexOf(chosen), 1);
  return chosen;
}
