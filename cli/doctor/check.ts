/** One thing that `doctor` looked at. */
export interface Check {
  readonly name: string;
  readonly state: 'ok' | 'warn' | 'fail';
  readonly found: string;
  /** What to do about it; empty where nothing is to be done. */
  readonly todo: string;
}

export function ok(name: string, found: string): Check {
  return { name, state: 'ok', found, todo: '' };
}

export function warn(name: string, found: string, todo: string): Check {
  return { name, state: 'warn', found, todo };
}

export function fail(name: string, found: string, todo: string): Check {
  return { name, state: 'fail', found, todo };
}
