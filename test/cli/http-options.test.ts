import { describe, expect, it } from 'vitest';
import { httpOptions, httpUrl } from '../../cli/commands/coordinator.ts';

describe('where the dashboard listens', () => {
  it('is 7402, or a free port for who lets the port of clients be picked', () => {
    expect(httpOptions({ listen: '127.0.0.1:7400' }).httpListen).toBe('127.0.0.1:7402');
    expect(httpOptions({ listen: '127.0.0.1:0' }).httpListen).toBe('127.0.0.1:0');
    expect(httpOptions({ listen: '127.0.0.1:0', httpListen: 'off' }).httpListen).toBe('off');
    expect(httpOptions({ listen: '127.0.0.1:7400', httpHost: ['a'] }).httpHosts).toEqual(['a']);
  });

  it('is said as an address to open, where there is one', () => {
    expect(httpUrl('127.0.0.1:0', 7)).toBe('http://127.0.0.1:7/');
    expect(httpUrl('0.0.0.0:0', 7, true)).toBe('https://0.0.0.0:7/');
    expect(httpUrl('off', undefined)).toBeUndefined();
  });
});
