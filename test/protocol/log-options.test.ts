import { Writable } from 'node:stream';
import { pino } from 'pino';
import { expect, it } from 'vitest';
import { logOptions } from '../../shared/protocol/log-options.ts';

function logged(object: object, text: string): string {
  let written = '';
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      written += chunk.toString();
      done();
    },
  });
  pino(logOptions, sink).info(object, text);
  return written;
}

it('a log has no secrets', () => {
  const headers = { authorization: 'Bearer iso_secret', token: 'iso_secret' };
  const line = logged({ ...headers, headers, options: { password: 'iso_secret' } }, 'call');
  expect(line).not.toContain('iso_secret');
  expect(JSON.parse(line)).toMatchObject({ token: '[redacted]' });
});

it('what others sent is one line without escape codes', () => {
  const sent = 'x\n{"level":60}\r\u001b[2J\u2028';
  const line = logged({ name: sent, why: sent }, sent);
  expect(line.trimEnd().split(/[\n\r]/)).toHaveLength(1);
  expect(line).not.toContain('\u001b');
  expect(JSON.parse(line)).toMatchObject({ name: sent, why: sent });
});
