import { describe, expect, it } from 'vitest';

import { hostPort, integer, number, withPort } from '../../cli/arguments.ts';
import { run } from './support.ts';

describe('numbers', () => {
  it.each([
    ['0', 0],
    ['-1', -1],
    ['+7', 7],
    ['9007199254740991', Number.MAX_SAFE_INTEGER],
  ])('reads the integer %s', (text, value) => {
    expect(integer(text)).toBe(value);
  });

  it.each(['', ' ', '1.5', '1e3', 'x', '0x10', '9007199254740993', 'NaN', '--seed'])(
    'refuses %o as an integer',
    (text) => {
      expect(() => integer(text)).toThrow('expected an integer');
    },
  );

  it.each([
    ['0.01', 0.01],
    ['1e-3', 0.001],
    ['-2', -2],
  ])('reads the number %s', (text, value) => {
    expect(number(text)).toBe(value);
  });

  it.each(['', ' ', 'NaN', 'Infinity', '-Infinity', '1,5', 'x'])(
    'refuses %o as a number',
    (text) => {
      expect(() => number(text)).toThrow('expected a number');
    },
  );
});

describe('addresses', () => {
  it.each(['127.0.0.1:7400', 'localhost:0', 'a-b.example:65535', '[::1]:7400'])(
    'takes %s',
    (text) => {
      expect(hostPort(text)).toBe(text);
    },
  );

  it.each(['', 'localhost', ':7400', 'a:b', 'a:65536', 'http://a:1', '::1:7400', 'a:1:2'])(
    'refuses %o',
    (text) => {
      expect(() => hostPort(text)).toThrow('expected HOST:PORT');
    },
  );

  it.each([
    ['127.0.0.1:0', '127.0.0.1:5'],
    ['[::1]:0', '[::1]:5'],
    ['0', '127.0.0.1:5'],
    [':0', '127.0.0.1:5'],
  ])('puts the port that %s got into it', (asked, got) => {
    expect(withPort(asked, 5)).toBe(got);
  });
});

describe('a bad command line', () => {
  const job = ['--model', 'm', '--solver', 'ddim', '--steps', '5'];

  it.each<[what: string, argv: string[], says: string]>([
    ['an unknown command', ['sumbit'], "unknown command 'sumbit'"],
    ['an unknown option', ['jobs', '--jsn'], "unknown option '--jsn'"],
    ['a missing option', ['submit', '--model', 'm'], "'--steps <n>' not specified"],
    ['a missing argument', ['watch'], "missing required argument 'job'"],
    ['too many arguments', ['jobs', 'a'], 'too many arguments'],
    ['no integer', ['submit', ...job, '--seed', 'x'], 'expected an integer'],
    ['no number', ['submit', ...job, '--tolerance', 'x'], 'expected a number'],
    ['no name=value', ['submit', ...job, '--input', 'class'], 'expected name=value'],
    [
      'an input given twice',
      ['submit', ...job, '--input', 'a=1', '--input', 'a=2'],
      'expected one value for a',
    ],
    ['no name of a solver option', ['submit', ...job, '--solver-option', '3'], 'NAME=VALUE'],
    [
      'a solver option given twice',
      ['submit', ...job, '--solver-option', 'order=1', '--solver-option', 'order=2'],
      'found order twice',
    ],
    ['a solver that does not exist', ['submit', ...job, '--solver', 'rk45'], 'Allowed choices'],
    ['no address', ['jobs', '--coordinator', 'nowhere'], 'expected HOST:PORT'],
    ['--detach with --out', ['submit', ...job, '--detach', '--out', 'x'], 'found --detach'],
    ['no integer for up', ['up', '--workers', 'two'], 'expected an integer'],
    ['an unknown log level', ['coordinator', '--log-level', 'loud'], 'Allowed choices'],
  ])('%s ends with 2 and one line', async (_what, argv, says) => {
    const { code, stdout, stderr } = await run(argv, { interactive: true });
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^isochron: [^\n]+\n$/);
    expect(stderr).toContain(says);
  });

  it('without a command is answered by the help', async () => {
    const { code, stderr } = await run([]);
    expect(code).toBe(2);
    expect(stderr).toContain('Usage: isochron');
  });
});

describe('help and version', () => {
  it.each([['--help'], ['help'], ['submit', '--help']])('%s %s end with 0', async (...argv) => {
    const { code, stdout } = await run(argv);
    expect(code).toBe(0);
    expect(stdout).toContain('Usage: isochron');
  });

  it('prints the version of the package', async () => {
    const { code, stdout } = await run(['--version']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});
