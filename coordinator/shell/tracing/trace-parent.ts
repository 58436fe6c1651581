/**
 * The span of a caller, as W3C's Trace Context writes it in a header (`traceparent`): from whoever
 * receives a call to whoever starts spans, past all that is between them.
 * https://www.w3.org/TR/trace-context/#traceparent-header
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { isSpanContextValid, type SpanContext } from '@opentelemetry/api';

const header = new AsyncLocalStorage<string | undefined>();

/** What `work` starts belongs to the caller's trace. */
export function withTraceParent<Reply>(found: string | undefined, work: () => Reply): Reply {
  return header.run(found, work);
}

export function currentTraceParent(): string | undefined {
  return header.getStore();
}

const form = /^(?!ff)[\da-f]{2}-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(?:-|$)/;

/** Undefined where it is absent or not what the standard says: then a trace begins here. */
export function parseTraceParent(found: string | undefined): SpanContext | undefined {
  const [, traceId = '', spanId = '', flags = '00'] = form.exec(found ?? '') ?? [];
  const context = { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & 1, isRemote: true };
  return isSpanContextValid(context) ? context : undefined;
}
