/** What `--backend emulated:PROFILE?option=value&...` asks for. */
import { SamplerError } from '../../../shared/protocol/errors.ts';
import { shownText } from '../../../shared/protocol/shown-text.ts';

export interface Emulation {
  /** Name or path. */
  readonly profile: string;
  /** Every call takes so many times as long: a device that is slower than its like. */
  readonly slow: number;
  /** It is as fast as its like until the process gets this signal: a device that becomes slow. */
  readonly on?: typeof SIGNAL;
  /** All times, divided by this: a run in a fraction of the time of the device. Always labelled. */
  readonly faster: number;
  /** Bytes of a float32 latent, instead of the profile's own. */
  readonly bytes?: number;
  /** A model of the models folder that computes, instead of the analytic one. */
  readonly model?: string;
}

/** The only one that nobody else uses. */
export const SIGNAL = 'SIGUSR2';

const prefix = 'emulated:';
export const emulationGrammar =
  'emulated:PROFILE[?slow=X][&on=SIGUSR2][&faster=X][&bytes=N][&model=NAME], ' +
  'such as emulated:h100-sd15-unet';

/**
 * Undefined for another backend.
 *
 * @throws SamplerError INVALID_REQUEST
 */
export function parseEmulation(backend: string): Emulation | undefined {
  if (!backend.startsWith(prefix)) return undefined;
  const [profile = '', query = '', ...more] = backend.slice(prefix.length).split('?');
  if (profile === '' || more.length > 0) throw bad(backend, emulationGrammar);
  const given = new Map<string, string>(new URLSearchParams(query));
  const { slow = '1', on, faster = '1', bytes, model, ...unknown } = Object.fromEntries(given);
  const [other] = Object.keys(unknown);
  if (other !== undefined) throw bad(backend, `no ${shownText(other)}, but ${emulationGrammar}`);
  if (on !== undefined && on !== SIGNAL) throw bad(backend, `on=${SIGNAL}`);
  return {
    profile,
    slow: factor(backend, 'slow', slow),
    ...(on !== undefined && { on }),
    faster: factor(backend, 'faster', faster),
    ...(bytes !== undefined && { bytes: wholeBytes(backend, bytes) }),
    ...(model !== undefined && { model }),
  };
}

const FACTOR_MAX = 1e4;
/** A float32 patch of the analytic model. */
const BYTES_UNIT = 256;

function factor(backend: string, name: string, text: string): number {
  const value = Number(text);
  if (value > 0 && value <= FACTOR_MAX) return value;
  throw bad(backend, `${name} above 0 and at most ${FACTOR_MAX}`);
}

function wholeBytes(backend: string, text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0 && value % BYTES_UNIT === 0) return value;
  throw bad(backend, `bytes in multiples of ${BYTES_UNIT}`);
}

function bad(backend: string, expected: string): SamplerError {
  const shown = shownText(backend);
  return new SamplerError('INVALID_REQUEST', `--backend: found ${shown}, expected ${expected}`, {
    context: { backend: shown },
  });
}
