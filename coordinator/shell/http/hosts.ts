/**
 * By which names the server may be called. A page of another site can make its own name mean this
 * address (DNS rebinding), and would then be of the same origin: its name is refused.
 */
import { isIP } from 'node:net';

const loopback = ['localhost', '127.0.0.1', '::1'];

/** Of a Host header, without the port; undefined where it is none. */
function nameOf(host: string): string | undefined {
  const [, v6, name] = /^(?:\[([0-9a-fA-F:.]+)\]|([^:/@[\]]+))(?::\d{1,5})?$/.exec(host) ?? [];
  return (v6 ?? name)?.toLowerCase().replace(/\.$/, '');
}

/**
 * @param names beside those of the loopback interface, without ports
 * @returns whether a Host header is one of them, or the address that was really connected to: who
 * types an address, as probes do, is no page of another site
 */
export function hostCheck(
  names: readonly string[],
): (host: string | undefined, localAddress: string | undefined) => boolean {
  const known = new Set([...loopback, ...names.map((name) => name.toLowerCase())]);
  return (host, localAddress) => {
    const name = host === undefined ? undefined : nameOf(host);
    if (name === undefined) return false;
    const address = localAddress?.replace(/^::ffff:/, '');
    return known.has(name) || (isIP(name) !== 0 && name === address);
  };
}
