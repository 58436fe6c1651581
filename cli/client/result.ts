import type { ResultChunk__Output } from '../../proto/generated/isochron/v1/ResultChunk.ts';
import { SamplerError } from '../../shared/protocol/errors.ts';
import { elementsOf } from '../../shared/protocol/model-description.ts';
import { float32s, toInputTensor, toReport, toTraceRound } from './messages.ts';
import type {
  InputTensor,
  JobResult,
  Picture,
  KeptTrajectory,
  Report,
  TraceRound,
} from './types.ts';

type PicturePiece = NonNullable<ResultChunk__Output['picture']>;

/** Everything of a result stream, from its pieces. */
export async function collectResult(
  pieces: AsyncIterable<ResultChunk__Output>,
): Promise<JobResult> {
  let report: Report | undefined;
  const samples: Uint8Array[] = [];
  const residuals: Uint8Array[] = [];
  const states: Uint8Array[] = [];
  const trace: TraceRound[] = [];
  const inputs: InputTensor[] = [];
  const pictures: PicturePiece[] = [];
  let noPictures = '';
  for await (const piece of pieces) {
    if (piece.report) report = toReport(piece.report);
    if (piece.samples) samples.push(piece.samples);
    if (piece.round) trace.push(toTraceRound(piece.round));
    if (piece.residuals) residuals.push(piece.residuals);
    if (piece.input) inputs.push(toInputTensor(piece.input));
    if (piece.trajectory) states.push(piece.trajectory);
    // one without pixels only says that a picture is being made
    if (piece.picture?.pixels.length) pictures.push(piece.picture);
    if (piece.noPictures) noPictures = piece.noPictures;
  }
  if (report === undefined) throw cutShort('without its report');
  const shape = [report.samples, ...report.sampleShape];
  return {
    report,
    samples: joined('samples', samples, elementsOf(shape)),
    shape,
    trace,
    pictures: noPictures === '' ? toPictures(pictures) : [],
    noPictures,
    kept: residuals.length === 0 ? null : keptOf(report, { residuals, states, inputs }),
  };
}

interface Pieces {
  readonly residuals: readonly Uint8Array[];
  readonly states: readonly Uint8Array[];
  readonly inputs: readonly InputTensor[];
}

/** The states come only where they were asked for. */
function keptOf(report: Report, { residuals, states, inputs }: Pieces): KeptTrajectory {
  const { rows, samples, latentsPerRow, sampleShape } = report;
  const told = states.length === 0 ? 0 : rows + 1;
  const elements = told * samples * latentsPerRow * elementsOf(sampleShape);
  return {
    states: joined('trajectory', states, elements),
    residuals: joined('residuals', residuals, rows * samples),
    inputs,
  };
}

function joined(what: string, parts: readonly Uint8Array[], elements: number): Float32Array {
  const bytes = Buffer.concat(parts);
  const expected = 4 * elements;
  if (bytes.length === expected) return float32s(bytes);
  throw cutShort(`with ${bytes.length} bytes of ${what}, expected ${expected}`);
}

function toPictures(pieces: readonly PicturePiece[]): Picture[] {
  return [...Map.groupBy(pieces, ({ sample }) => sample).values()].map((own) => {
    const { width = 0, height = 0, channels = 0 } = own[0] ?? {};
    const data = Uint8Array.from(Buffer.concat(own.map(({ pixels }) => pixels)));
    if (data.length === width * height * channels) return { width, height, channels, data };
    throw cutShort(`with a picture of ${data.length} bytes, not ${width} x ${height}`);
  });
}

/** Samples with a hole must never be written as if they were whole. */
function cutShort(how: string): SamplerError {
  return new SamplerError('INTERNAL', `the result came ${how}; fetch it again`);
}
