import { InvalidArgumentError, Option, type Command } from 'commander';

import { SamplerError } from '../shared/protocol/errors.ts';
import { checkBackend } from '../worker/backend/backend-name.ts';
import { bundledModels } from './local/models.ts';

export const defaultCoordinator = '127.0.0.1:7400';
export const defaultWorkerAddress = '127.0.0.1:7401';
export const defaultHttpAddress = '127.0.0.1:7402';

/**
 * Syntax only. Whether 0 steps make sense is for the coordinator to say: it knows the model, and
 * every client then reads the same sentence.
 */
export function integer(text: string): number {
  const value = Number(text);
  if (/^[+-]?\d+$/.test(text) && Number.isSafeInteger(value)) return value;
  throw new InvalidArgumentError(`expected an integer.`);
}

export function number(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value)) return value;
  throw new InvalidArgumentError('expected a number.');
}

/** Separated by commas. */
export function numbers(text: string): number[] {
  return text.split(',').map(number);
}

/** Collects repeated texts, as commander wants it. */
export function collectText(text: string, before: readonly string[] = []): string[] {
  return [...before, text];
}

/** HOST:PORT, [IPv6]:PORT; the port may be 0 where one is chosen. */
export function hostPort(text: string): string {
  const [, host = '', port = ''] = /^(\[[0-9a-fA-F:.%\w]+\]|[^\s:/]+):(\d{1,5})$/.exec(text) ?? [];
  if (host !== '' && Number(port) <= 65_535) return text;
  throw new InvalidArgumentError('expected HOST:PORT, such as 127.0.0.1:7400.');
}

/** For every command that talks to a coordinator. */
function coordinatorOption(): Option {
  return new Option('--coordinator <host:port>', 'address of the coordinator')
    .env('ISOCHRON_COORDINATOR')
    .default(defaultCoordinator)
    .argParser(hostPort);
}

export function modelsOption(): Option {
  const option = new Option('--models <dir>', 'folder of models');
  return option.default(bundledModels(), 'the bundled ones');
}

/** Where the coordinator is, and how a client gets in. */
export function addCoordinatorOptions(command: Command): Command {
  return command.addOption(coordinatorOption()).addOption(tokenFileOption()).addOption(caOption());
}

/** Never the token itself: whoever lists the processes of a machine reads their arguments. */
function tokenFileOption(): Option {
  const what = 'file of the token (default: ISOCHRON_TOKEN, or what a coordinator here has left)';
  return new Option('--token-file <file>', what).env('ISOCHRON_TOKEN_FILE');
}

function caOption(): Option {
  const what = 'certificate authority of the coordinator (PEM): connect by TLS';
  return new Option('--ca <file>', what).env('ISOCHRON_CA');
}

export function backendOption(): Option {
  const what =
    'what runs the models: onnx[:cuda:N], analytic (no file), emulated:PROFILE, oip:SERVER/MODEL';
  return new Option('--backend <name>', what).default('onnx').argParser(backendName);
}

function backendName(text: string): string {
  try {
    return checkBackend(text);
  } catch (error) {
    throw new InvalidArgumentError(SamplerError.from(error).message);
  }
}

export function jsonOption(what = 'exactly one JSON document on standard output'): Option {
  return new Option('--json', what);
}

/** The address as it was asked for, with the port that it got. */
export function withPort(address: string, port: number): string {
  const host = address.includes(':') ? address.slice(0, address.lastIndexOf(':')) : '';
  return `${host === '' ? '127.0.0.1' : host}:${port}`;
}
