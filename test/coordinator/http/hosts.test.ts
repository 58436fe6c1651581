import { describe, expect, it } from 'vitest';
import { hostCheck } from '../../../coordinator/shell/http/hosts.ts';

const knows = hostCheck(['Coordinator.example']);

describe('the names that a server may be called by', () => {
  it.each([
    ['localhost'],
    ['LOCALHOST:7402'],
    ['127.0.0.1:1'],
    ['[::1]:7402'],
    ['coordinator.example'],
    ['coordinator.example.:80'],
    ['10.1.2.3:7402'],
  ])('are those it has: %s', (host) => {
    expect(knows(host, '::ffff:10.1.2.3')).toBe(true);
  });

  it.each([
    [undefined],
    [''],
    ['evil.example'],
    ['localhost.evil.example'],
    ['127.0.0.1.evil.example'],
    ['localhost:7402@evil.example'],
    ['localhost/../evil'],
    ['[::1'],
    ['10.9.9.9'],
    ['localhost:123456'],
  ])('and no other: %s', (host) => {
    expect(knows(host, '10.1.2.3')).toBe(false);
  });
});
