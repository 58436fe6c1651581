/**
 * Where spans go: to the SDK that the process was started with, else to one that is loaded because
 * the environment names a collector (`OTEL_*`). Without either there is no tracer and no work.
 */
import { trace, type Tracer } from '@opentelemetry/api';
import type { Logger } from 'pino';
import { packageVersion } from '../../../shared/protocol/package-root.ts';

/** What is not sent by then is lost: nobody waits for a collector that is away. */
const FAREWELL_MS = 2_000;

export interface OpenTracer {
  readonly tracer: Tracer;
  /** Sends what has ended. */
  close(): Promise<void>;
}

const packages = [
  '@opentelemetry/sdk-trace-base',
  '@opentelemetry/resources',
  '@opentelemetry/exporter-trace-otlp-http',
];

type Environment = Readonly<Record<string, string | undefined>>;

export async function openTracer(env: Environment, log: Logger): Promise<OpenTracer | undefined> {
  if (env.OTEL_SDK_DISABLED?.toLowerCase() === 'true') return undefined;
  const given = trace.getTracer('isochron', packageVersion());
  // never ended, so never sent: whether somebody listens
  if (given.startSpan('probe').isRecording())
    return { tracer: given, close: async () => undefined };
  if (!isWanted(env)) return undefined;
  try {
    return await loadSdk(env);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const hint = `npm install ${packages.join(' ')}`;
    log.warn({ why, hint }, 'no traces: the OpenTelemetry SDK cannot be loaded');
    return undefined;
  }
}

function isWanted(env: Environment): boolean {
  const exporter = env.OTEL_TRACES_EXPORTER?.trim().toLowerCase() ?? '';
  if (exporter !== '') return exporter.split(',').includes('otlp');
  const { OTEL_EXPORTER_OTLP_ENDPOINT: all, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: traces } = env;
  return (all ?? '') !== '' || (traces ?? '') !== '';
}

/** These read the rest of `OTEL_*` themselves. */
async function loadSdk(env: Environment): Promise<OpenTracer> {
  const [sdk, resources, exporter] = await Promise.all([
    import('@opentelemetry/sdk-trace-base'),
    import('@opentelemetry/resources'),
    import('@opentelemetry/exporter-trace-otlp-http'),
  ]);
  const { defaultResource, detectResources, envDetector, resourceFromAttributes } = resources;
  const own = resourceFromAttributes({
    'service.name': 'isochron-coordinator',
    'service.version': packageVersion(),
  });
  const named = detectResources({ detectors: [envDetector] });
  const service = env.OTEL_SERVICE_NAME ?? '';
  const last = resourceFromAttributes(service === '' ? {} : { 'service.name': service });
  const provider = new sdk.BasicTracerProvider({
    resource: defaultResource().merge(own).merge(named).merge(last),
    spanProcessors: [new sdk.BatchSpanProcessor(new exporter.OTLPTraceExporter())],
  });
  return {
    tracer: provider.getTracer('isochron', packageVersion()),
    async close() {
      const late = new Promise((resolve) => setTimeout(resolve, FAREWELL_MS).unref());
      await Promise.race([provider.shutdown().catch(() => undefined), late]);
    },
  };
}
