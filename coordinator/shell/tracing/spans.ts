/** Spans of one job: at most so many, on the coordinator's clock, and each ended once. */
import { performance } from 'node:perf_hooks';
import {
  ROOT_CONTEXT,
  SpanStatusCode,
  trace,
  type Attributes,
  type Context,
  type Span,
  type SpanContext,
  type Tracer,
} from '@opentelemetry/api';
import { limits } from '../../../shared/kernel/limits.ts';

/** For what is directly below the job: its plan and how it was stored are always there. */
const RESERVED = 64;

export interface Failed {
  readonly code: string;
  readonly message: string;
}

/** A span that has a beginning and perhaps children. */
export interface OpenSpan {
  readonly context: Context;
  readonly span: Span;
  /** It ends here at the earliest: a child did. */
  lastMs: number;
}

export interface SpanTimes {
  readonly startMs: number;
  readonly endMs: number;
}

/** Times are milliseconds of `performance.now()`. */
export class JobSpans {
  readonly root: OpenSpan;
  readonly #tracer: Tracer;
  #made = 1;
  #dropped = 0;

  constructor(tracer: Tracer, parent: SpanContext | undefined, startMs: number) {
    this.#tracer = tracer;
    const above = parent ? trace.setSpanContext(ROOT_CONTEXT, parent) : ROOT_CONTEXT;
    this.root = this.#open('isochron.job', above, startMs);
  }

  get traceId(): string {
    return this.root.span.spanContext().traceId;
  }

  /** Undefined where the job has had its share: its children are left out as well. */
  begin(name: string, above: OpenSpan, startMs: number): OpenSpan | undefined {
    const reserved = above === this.root ? 0 : RESERVED;
    if (this.#made >= limits.spansPerJobMax - reserved) {
      this.#dropped++;
      return undefined;
    }
    this.#made++;
    return this.#open(name, above.context, startMs);
  }

  /** One that is over. */
  add(name: string, above: OpenSpan, { startMs, endMs }: SpanTimes): OpenSpan | undefined {
    const open = this.begin(name, above, startMs);
    if (!open) return undefined;
    open.lastMs = endMs;
    above.lastMs = Math.max(above.lastMs, endMs);
    return open;
  }

  /** Not before its children. */
  end(open: OpenSpan, atMs: number, failed?: Failed): void {
    const { span } = open;
    if (failed) {
      const endMs = epochMs(atMs);
      span.recordException({ name: failed.code, message: failed.message }, endMs);
      span.setStatus({ code: SpanStatusCode.ERROR, message: `${failed.code}: ${failed.message}` });
    }
    open.lastMs = Math.max(open.lastMs, atMs);
    span.end(epochMs(open.lastMs));
  }

  close(atMs: number, failed?: Failed): void {
    this.root.span.setAttribute('isochron.spans.left_out', this.#dropped);
    this.end(this.root, atMs, failed);
  }

  #open(name: string, above: Context, startMs: number): OpenSpan {
    const span = this.#tracer.startSpan(name, { startTime: epochMs(startMs) }, above);
    return { span, context: trace.setSpan(above, span), lastMs: startMs };
  }
}

export function describe(open: OpenSpan | undefined, attributes: Attributes): void {
  open?.span.setAttributes(attributes);
}

function epochMs(atMs: number): number {
  return performance.timeOrigin + atMs;
}
