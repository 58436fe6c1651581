import { describe, expect, it } from 'vitest';
import { checkBackend } from '../../../../worker/backend/backend-name.ts';
import { parseOip } from '../../../../worker/backend/oip/address.ts';

describe('--backend oip:', () => {
  it('is a server and a model, with what is usual', () => {
    expect(parseOip('oip:127.0.0.1:8001/unet')).toEqual({
      server: '127.0.0.1:8001',
      model: 'unet',
      version: '',
      local: '',
      tls: false,
      authority: '',
      headers: '',
      calls: 1,
      batch: 0,
      deadlineMs: 30_000,
    });
  });

  it('takes options', () => {
    const options = 'model=sd&version=3&tls=yes&ca=/etc/a.pem&headers=h.txt&calls=4&batch=8';
    const text = `oip:[::1]:443/u.net?${options}&deadline=900`;
    expect(parseOip(text)).toMatchObject({
      ...{ server: '[::1]:443', model: 'u.net', local: 'sd', version: '3', tls: true },
      ...{ authority: '/etc/a.pem', headers: 'h.txt', calls: 4, batch: 8, deadlineMs: 900 },
    });
    expect(checkBackend(text)).toBe(text);
  });

  it('is no other backend', () => {
    expect(parseOip('onnx')).toBeUndefined();
    expect(parseOip('emulated:cpu')).toBeUndefined();
    expect(() => checkBackend('triton')).toThrow(/onnx.*, analytic, emulated:.* or oip:HOST/);
  });

  it.each([
    ['oip:localhost/unet', /oip:HOST:PORT\/MODEL/],
    ['oip:localhost:8001', /oip:HOST:PORT\/MODEL/],
    ['oip:localhost:8001/', /oip:HOST:PORT\/MODEL/],
    ['oip:localhost:8001/a?b?c', /oip:HOST:PORT\/MODEL/],
    ['oip:localhost:8001/a?speed=9', /no speed, but oip:HOST/],
    ['oip:localhost:8001/a?calls=0', /calls=N, a whole number from 1 to 64/],
    ['oip:localhost:8001/a?batch=1.5', /batch=N, a whole number from 0 to 1024/],
    ['oip:localhost:8001/a?tls=maybe', /tls=yes or tls=no/],
    ['oip:localhost:8001/a?ca=x.pem', /tls=yes with ca=FILE/],
  ])('refuses %s', (text, reason) => {
    expect(() => parseOip(text)).toThrow(reason);
  });
});
