/** Configuration and command lines. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { runProgram } from '../../../cli/program.ts';
import { SamplerError } from '../../../shared/protocol/errors.ts';
import { packageRoot } from '../../../shared/protocol/package-root.ts';
import { checkBackend } from '../../../worker/backend/backend-name.ts';
import { parseEmulation } from '../../../worker/backend/emulated/emulation.ts';
import { readProfile } from '../../../worker/backend/emulated/profile.ts';
import { parseOip } from '../../../worker/backend/oip/address.ts';
import { parseAddress } from '../../../coordinator/shell/listen.ts';
import type { Draws } from '../draws.ts';
import { hostileIntegers, hostileNumbers, hostileTexts, mutated } from '../hostile.ts';
import { brokenYaml } from './mutate-document.ts';
import type { Target } from './targets.ts';

const profile: unknown = parse(
  readFileSync(join(packageRoot(), 'models', 'profiles', 'cpu.yaml'), 'utf8'),
);

const profiles: Target = {
  name: 'profiles',
  weight: 16,
  read: async (draws, folder) => {
    const file = join(folder, 'device.yaml');
    await writeFile(file, brokenYaml(profile, draws));
    return readProfile(draws.chance(0.95) ? file : draws.pick(hostileTexts).slice(0, 100));
  },
};

const backends = [
  'onnx',
  'analytic',
  'emulated:cpu?slow=2&faster=10&bytes=1024&model=mixture6',
  'oip:127.0.0.1:8001/unet?tls=yes&ca=a.pem&calls=2&batch=8&deadline=1000&version=1',
  'oip:[::1]:8001/unet?headers=file',
];

const addresses: Target = {
  name: 'addresses',
  weight: 200,
  read: async (draws) => {
    const base = Buffer.from(draws.pick([...backends, '127.0.0.1:7400', '[::1]:0', '7400']));
    const text = draws.chance(0.9)
      ? mutated(base, draws).toString('utf8')
      : draws.pick(hostileTexts).slice(0, 2_000);
    const option = draws.pick(['slow', 'calls', 'bytes', '__proto__', 'constructor', 'deadline']);
    const values = [
      ...hostileNumbers,
      ...hostileIntegers,
      ...hostileTexts.map((one) => one.slice(0, 99)),
    ];
    const value = encodeURIComponent(String(draws.pick(values)).toWellFormed());
    const longer = draws.chance(0.5) ? `${text}${draws.pick(['?', '&'])}${option}=${value}` : text;
    const parsers = [
      parseOip,
      parseEmulation,
      checkBackend,
      (one: string) => parseAddress('--listen', one),
    ];
    return draws.pick(parsers)(longer);
  },
};

const commands = [
  ['submit', '--model', 'm', '--solver', 'ddim', '--steps', '4'],
  ['plan', '--model', 'm', '--steps', '4', '--coordinator', '127.0.0.1:1'],
  ['jobs', '--limit', '3', '--json'],
  ['watch', 'job', '--json'],
  ['cancel', 'job'],
  ['result', 'job', '--out', 'folder'],
  ['verify', 'folder', '--json'],
  ['models', 'inspect', 'folder'],
  ['workers', '--json'],
  ['drain', 'w1'],
  ['coordinator', '--listen', '127.0.0.1:0', '--retain-jobs', '3', '--checkpoint-ms', '9'],
  ['up', '--workers', '2', '--backend', 'emulated:cpu'],
  ['demo', '--workers', '2', '--steps', '5'],
  ['bench', 'rounds', '--model', 'm'],
];

/**
 * Ends every command line before anything starts: options are read from left to right. Twice, since
 * an option before it that lacks its value takes the first one for it.
 */
const LAST_OPTIONS = ['--not-an-option', '--not-an-option'];

const argumentsTarget: Target = {
  name: 'arguments',
  weight: 19,
  read: async (draws) => {
    const words = [...draws.pick(commands)];
    for (let left = 1 + draws.below(3); left > 0; left--) changeWord(words, draws);
    // what comes behind `--` would be no option
    const argv = [...words.filter((word) => word !== '--'), ...LAST_OPTIONS];
    const lines: string[] = [];
    const write = (text: string): void => void lines.push(text);
    const terminal = { interactive: false, colour: false, width: () => 80, out: write, err: write };
    const code = await runProgram(argv, terminal);
    const told = lines.join('');
    if (code === 0 || /^\s+at .*\(.*:\d+:\d+\)$/m.test(told) || told.trim() === '') {
      throw new SamplerError(
        'INTERNAL',
        `code ${code}, said ${JSON.stringify(told.slice(0, 300))}`,
      );
    }
    throw new SamplerError('INVALID_REQUEST', told.slice(0, 2_000));
  },
};

function changeWord(words: string[], draws: Draws): void {
  const values = [...hostileTexts.map((text) => text.slice(0, 300)), ...hostileNumbers.map(String)];
  const at = 1 + draws.below(words.length);
  const value = draws.pick(values).replaceAll('\0', '');
  if (value === '--help' || value === '-h') return;
  const how = draws.float();
  if (how < 0.3) words.splice(at, 0, draws.pick(['--', '-', '--json', value, '--=']));
  else if (how < 0.5) words.splice(at, 1);
  else words[at] = value;
}

export const textTargets: readonly Target[] = [profiles, addresses, argumentsTarget];
