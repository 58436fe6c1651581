/** What `--backend oip:HOST:PORT/MODEL?option=value&...` asks for. */
import { SamplerError } from '../../../shared/protocol/errors.ts';
import { shownText } from '../../../shared/protocol/shown-text.ts';

export interface OipAddress {
  /** HOST:PORT. */
  readonly server: string;
  /** Its name there. */
  readonly model: string;
  /** Empty: the server chooses. */
  readonly version: string;
  /** Its name here, where that is another one. */
  readonly local: string;
  readonly tls: boolean;
  /** File of the authority that the server's certificate is from; empty: those of the system. */
  readonly authority: string;
  /** File of headers, a `Name: value` a line: a list of processes must not show what they say. */
  readonly headers: string;
  /** Requests that a batch is sent in, side by side. */
  readonly calls: number;
  /** Most rows of a batch; 0: as many as the manifest says. */
  readonly batch: number;
  /** Of one request. */
  readonly deadlineMs: number;
}

const prefix = 'oip:';
export const oipGrammar =
  'oip:HOST:PORT/MODEL[?model=LOCAL][&version=V][&tls=yes][&ca=FILE][&headers=FILE][&calls=N]' +
  '[&batch=N][&deadline=MS], such as oip:127.0.0.1:8001/unet';

const CALLS_MAX = 64;
const BATCH_MAX = 1024;
const DEADLINE_MS_MAX = 3_600_000;

/**
 * Undefined for another backend.
 *
 * @throws SamplerError INVALID_REQUEST
 */
export function parseOip(backend: string): OipAddress | undefined {
  if (!backend.startsWith(prefix)) return undefined;
  const [path = '', query = '', ...more] = backend.slice(prefix.length).split('?');
  const place = /^((?:\[[^\]\s]+\]|[^\s:/]+):\d{1,5})\/([^\s/]+)$/.exec(path);
  const [, server, model] = place ?? [];
  if (server === undefined || model === undefined || more.length > 0) {
    throw bad(backend, oipGrammar);
  }
  return { server, model, ...optionsOf(backend, query) };
}

const defaults = {
  model: '',
  version: '',
  tls: 'no',
  ca: '',
  headers: '',
  calls: '1',
  batch: '0',
  deadline: '30000',
};

function optionsOf(backend: string, query: string): Omit<OipAddress, 'server' | 'model'> {
  const given = Object.fromEntries(new URLSearchParams(query));
  const unknown = Object.keys(given).find((name) => !(name in defaults));
  if (unknown !== undefined) throw bad(backend, `no ${shownText(unknown)}, but ${oipGrammar}`);
  const { model, version, tls, ca, headers, ...numbers } = { ...defaults, ...given };
  if (tls !== 'yes' && tls !== 'no') throw bad(backend, 'tls=yes or tls=no');
  if (ca !== '' && tls !== 'yes') throw bad(backend, 'tls=yes with ca=FILE');
  return {
    local: model,
    version,
    headers,
    tls: tls === 'yes',
    authority: ca,
    calls: whole(backend, 'calls', numbers.calls, { least: 1, most: CALLS_MAX }),
    batch: whole(backend, 'batch', numbers.batch, { least: 0, most: BATCH_MAX }),
    deadlineMs: whole(backend, 'deadline', numbers.deadline, { least: 1, most: DEADLINE_MS_MAX }),
  };
}

interface Range {
  readonly least: number;
  readonly most: number;
}

function whole(backend: string, name: string, text: string, { least, most }: Range): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  throw bad(backend, `${name}=N, a whole number from ${least} to ${most}`);
}

function bad(found: string, expected: string): SamplerError {
  const text = `--backend: found "${shownText(found)}", expected ${expected}`;
  return new SamplerError('INVALID_REQUEST', text);
}
