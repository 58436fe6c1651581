/** What a failed handshake says of the certificates, and what to do about it. */

const outages = ['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'EPIPE'];

/**
 * @param thrown the last error of the connection; undefined where it just ended
 * @param agreed whether the handshake was over, as far as this side can know
 * @returns undefined where nobody was there, or somebody left
 */
export function tlsRefusal(thrown: Error | undefined, agreed: boolean): string | undefined {
  const { code = '', message = 'the connection was closed' } =
    (thrown as NodeJS.ErrnoException | undefined) ?? {};
  if (agreed) return `${plain(message)}: it refuses the certificate shown to it: check --certs`;
  if (thrown === undefined || outages.includes(code)) return undefined;
  return `${plain(message)}: ${adviceOf(`${code} ${message}`)}`;
}

/** Without the number and the place in the library that openssl puts before it. */
function plain(message: string): string {
  return message.replace(/^[0-9A-Fa-f]+:error:[0-9A-Fa-f]+:/, '').trim();
}

function adviceOf(text: string): string {
  if (text.includes('ALTNAME')) return 'dial a name that its certificate has';
  if (/expired/i.test(text)) return 'its certificate has expired: renew it';
  if (/wrong version|packet length/i.test(text)) return 'it speaks no TLS on this port';
  if (/UNABLE_TO|SELF_SIGNED|CERT_SIGNATURE/.test(text)) {
    return 'another authority signed its certificate: check --ca';
  }
  return 'check --ca and the certificates on both sides';
}
