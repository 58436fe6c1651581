/** Which rule ends a job, and which combinations with the rest of a request make sense. */
import type { SubmitRequest__Output } from '../../proto/generated/isochron/v1/SubmitRequest.ts';
import { isMethodName } from '../../shared/numerics/solver/method.ts';
import {
  defaultTolerance,
  isStopRule,
  stopRules,
  type StopRule,
} from '../../shared/numerics/solver/stop-rules.ts';
import { invalid } from './invalid.ts';

export interface Stopping {
  readonly stop: StopRule;
  readonly tolerance: number;
}

/** Every rule brings the default tolerance of its publication. */
export function stoppingOf({ stop, tolerance }: SubmitRequest__Output): Stopping {
  const rule = isStopRule(stop) ? stop : 'final';
  return { stop: rule, tolerance: tolerance ?? defaultTolerance(rule) };
}

export function checkStopping(request: SubmitRequest__Output): void {
  checkOrder(request);
  checkLag(request);
  const { stop, method, steps, window = steps, certify } = request;
  if (stop === '' || stop === 'final') return;
  if (!isStopRule(stop)) throw invalid('stop', stop, `one of ${stopRules.join(', ')}`);
  if (!isMethodName(method)) {
    throw invalid('stop', stop, 'final, or a method with it: auto plans for final');
  }
  if (method === 'sequential') {
    throw invalid('stop', stop, 'final with sequential, whose rows are exact at once');
  }
  if (method === 'parareal') {
    if (stop !== 'srds') throw invalid('stop', stop, 'final or srds with parareal');
    if (certify)
      throw invalid('certify', 'it with srds', 'final with parareal: rows end unsettled');
  } else if (stop === 'srds' && window < steps) {
    throw invalid(
      'window',
      window,
      `${steps} with srds, which watches the last row from the start`,
    );
  }
}

/** ParaTAA's order, which only its scan has, over one block. */
function checkOrder({ order, method, blocks = 1 }: SubmitRequest__Output): void {
  if (order === undefined) return;
  if (method !== 'parataa') throw invalid('order', order, 'none: only parataa has one');
  if (blocks > 1)
    throw invalid('blocks', blocks, '1 with an order, whose scan knows no neighbours');
}

/** Blocks can be waited for, or not, only where they freeze one after the other. */
function checkLag({ maxLag = 0, method, stop }: SubmitRequest__Output): void {
  if (maxLag === 0) return;
  if (stop !== '' && stop !== 'final') {
    throw invalid('max-lag', maxLag, `0 with ${stop}, a rule that looks at all rows at once`);
  }
  if (method === 'sequential') throw invalid('max-lag', maxLag, '0 with sequential, of one row');
  if (method !== 'parataa' && method !== 'parareal') return;
  throw invalid('max-lag', maxLag, `0 with ${method}, whose blocks all wait for each other`);
}
