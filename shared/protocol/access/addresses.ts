/** Which addresses only this machine can reach. */
import { BlockList, isIP } from 'node:net';

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/**
 * Other spellings of numbers (`127.1`, `0x7f000001`) count as names, and a name as somebody else's
 * machine: only `localhost` is known.
 *
 * @param host a name or an address, IPv6 with or without brackets
 */
export function isLoopback(host: string): boolean {
  const plain = host.replace(/^\[(.*)\]$/, '$1');
  if (plain.toLowerCase() === 'localhost') return true;
  const family = isIP(plain);
  if (family === 0 || plain.includes('%')) return false;
  return loopback.check(plain, family === 4 ? 'ipv4' : 'ipv6');
}

/** Splits HOST:PORT or [V6]:PORT, which was checked before. */
export function hostOf(address: string): string {
  return address.slice(0, address.lastIndexOf(':')).replace(/^\[(.*)\]$/, '$1');
}

/** Where this machine reaches whoever listens there: on every address is on loopback too. */
export function reachable(address: string): string {
  return address.replace(/^0\.0\.0\.0:/, '127.0.0.1:').replace(/^\[::\]:/, '[::1]:');
}
