import { Option } from 'commander';
import { destination, pino } from 'pino';
import type { Logger } from 'pino';

import { logOptions } from '../shared/protocol/log-options.ts';

const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof levels)[number];

/** JSON lines on standard error: standard output belongs to results. */
export function createLog(level: LogLevel): Logger {
  // Synchronous, so that the last words of a process that dies are not lost.
  return pino({ level, ...logOptions }, destination({ dest: 2, sync: true }));
}

export function logLevelOption(level: LogLevel): Option {
  return new Option('--log-level <level>', 'least severe line of the log on standard error')
    .choices(levels)
    .default(level);
}
