/** The coordinator that all examples use: `ISOCHRON_COORDINATOR`, else the one on this machine. */
import { Client } from 'isochron/client';

export function connect(): Client {
  return new Client({ coordinator: process.env['ISOCHRON_COORDINATOR'] ?? '127.0.0.1:7400' });
}
