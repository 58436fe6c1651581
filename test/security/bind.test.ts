import { describe, expect, it } from 'vitest';
import { checkBind, parseAddress } from '../../coordinator/shell/listen.ts';
import { isLoopback } from '../../shared/protocol/access/addresses.ts';

const loopback = [
  '127.0.0.1:7400',
  '127.0.0.1:0',
  '127.0.0.2:7400',
  '127.255.255.254:1',
  'localhost:7400',
  'LOCALHOST:7400',
  '[::1]:7400',
  '[0:0:0:0:0:0:0:1]:7400',
  '[::ffff:127.0.0.1]:7400',
  ':7400',
  '7400',
];

const beyond = [
  '0.0.0.0:7400',
  '[::]:7400',
  '[::0]:7400',
  '10.0.0.1:7400',
  '192.168.1.5:7400',
  '172.17.0.1:7400',
  '169.254.1.1:7400',
  '8.8.8.8:7400',
  '255.255.255.255:7400',
  '126.255.255.255:7400',
  '128.0.0.1:7400',
  '[::2]:7400',
  '[fe80::1]:7400',
  '[::1%eth0]:7400',
  '[2001:db8::1]:7400',
  '[::ffff:10.0.0.1]:7400',
  '[::ffff:0.0.0.0]:7400',
  '127.1:7400',
  '0127.0.0.1:7400',
  '0x7f000001:7400',
  '2130706433:7400',
  '127.0.0.1.example.com:7400',
  'localhost.example.com:7400',
  'example.com:7400',
  '127.0.0.256:7400',
  '*:7400',
];

function bindable(text: string, policy: Partial<Parameters<typeof checkBind>[2]> = {}): boolean {
  try {
    const node = '24.18.1';
    const address = parseAddress('--listen', text);
    checkBind('--listen', address, { encrypted: false, insecure: false, node, ...policy });
    return true;
  } catch {
    return false;
  }
}

describe('what may be listened on', () => {
  it.each(loopback)('%s, by everybody', (address) => {
    expect(bindable(address)).toBe(true);
    // no hole of an old Node can be reached from elsewhere
    expect(bindable(address, { node: '24.0.0' })).toBe(true);
  });

  it.each(beyond)('%s, only with TLS or where the user insists', (address) => {
    expect(bindable(address)).toBe(false);
    expect(bindable(address, { encrypted: true })).toBe(true);
    expect(bindable(address, { insecure: true })).toBe(true);
    expect(bindable(address, { encrypted: true, insecure: true, node: '24.18.0' })).toBe(false);
  });

  it.each(['', ' ', 'host', '127.0.0.1:65536', '127.0.0.1:x', '[::1]', '::1:7400', 'a b:1:2'])(
    'nothing: %j is no address',
    (text) => {
      expect(bindable(text, { insecure: true })).toBe(false);
    },
  );

  it('is told from names without asking anybody for their addresses', () => {
    expect(isLoopback('[::1]')).toBe(true);
    expect(isLoopback('')).toBe(false);
  });
});
