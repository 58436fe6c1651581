/** Progress of a job as server-sent events. */
import { z } from 'zod';
import type { HeldBlock } from '../../../proto/generated/isochron/v1/HeldBlock.ts';
import type { JobEvent } from '../../../proto/generated/isochron/v1/JobEvent.ts';
import { messageJson } from './message-json.ts';
import { messageSchema } from './message-schema.ts';
import type { ServerEvent } from './route.ts';

export const statusEvent = z
  .strictObject({
    ...(messageSchema('JobStatus') as z.ZodObject).shape,
    errorEstimate: z.number().optional().describe('of the rows frozen so far'),
  })
  .meta({ id: 'StatusEvent' });

export const roundsEvent = z
  .strictObject({
    rounds: z.array(messageSchema('TraceRound')).describe('new ones, and those that changed'),
    blocks: z.array(messageSchema('HeldBlock')).describe('all that are held'),
  })
  .meta({ id: 'RoundsEvent' });

export const previewEvent = z
  .strictObject({
    round: z.int(),
    shape: z.array(z.int()),
    data: z.base64().describe('float32, little-endian'),
  })
  .meta({ id: 'PreviewEvent' });

/** What a job tells before its state, so that whoever reads the last state has all of it. */
export async function* eventsOfJob(watched: AsyncIterable<JobEvent>): AsyncGenerator<ServerEvent> {
  let held: HeldBlock[] = [];
  for await (const { status, preview, previewShape, rounds, blocks, errorEstimate } of watched) {
    const moved = blocks !== undefined && blocks.length > 0;
    if (moved) held = blocks;
    if (moved || (rounds && rounds.length > 0)) yield roundsOf(rounds ?? [], held);
    if (preview instanceof Uint8Array) {
      const data = Buffer.from(preview.buffer, preview.byteOffset, preview.byteLength);
      const about = { round: status?.rounds ?? 0, shape: previewShape };
      yield { event: 'preview', data: { ...about, data: data.toString('base64') } };
    }
    const estimate = errorEstimate === undefined ? {} : { errorEstimate };
    yield { event: 'status', data: { ...messageJson('JobStatus', status ?? {}), ...estimate } };
  }
}

function roundsOf(rounds: NonNullable<JobEvent['rounds']>, blocks: HeldBlock[]): ServerEvent {
  const data = {
    rounds: rounds.map((round) => messageJson('TraceRound', round)),
    blocks: blocks.map((block) => messageJson('HeldBlock', block)),
  };
  return { event: 'rounds', data };
}
