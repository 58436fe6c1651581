import { Writable } from 'node:stream';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openTracer } from '../../../coordinator/shell/tracing/open-tracer.ts';

const lines: string[] = [];
const sink = new Writable({
  write(chunk: Buffer, _encoding, done) {
    lines.push(chunk.toString());
    done();
  },
});
const log = pino({ level: 'warn' }, sink);
const endpoint = 'http://127.0.0.1:9';

beforeEach(() => void lines.splice(0));
afterEach(() => void vi.doUnmock('@opentelemetry/sdk-trace-base'));

describe('where spans go', () => {
  it.each([
    {},
    { OTEL_TRACES_EXPORTER: 'none', OTEL_EXPORTER_OTLP_ENDPOINT: endpoint },
    { OTEL_SDK_DISABLED: 'true', OTEL_EXPORTER_OTLP_ENDPOINT: endpoint },
    { OTEL_EXPORTER_OTLP_ENDPOINT: '' },
  ])('nowhere: %o', async (env) => {
    expect(await openTracer(env, log)).toBeUndefined();
    expect(lines).toEqual([]);
  });

  it.each([
    { OTEL_TRACES_EXPORTER: 'otlp' },
    { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: endpoint },
    { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint },
  ])('to a collector: %o', async (env) => {
    const opened = await openTracer(env, log);
    expect(opened?.tracer.startSpan('x').isRecording()).toBe(true);
    await opened?.close();
  });

  it('is said in one line where the SDK is not installed', async () => {
    vi.doMock('@opentelemetry/sdk-trace-base', () => {
      throw new Error('Cannot find package');
    });
    expect(await openTracer({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint }, log)).toBeUndefined();
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('npm install @opentelemetry/sdk-trace-base');
  });
});
