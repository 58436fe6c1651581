/** The metrics of one coordinator, in a registry of its own: several may share a process. */
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { countedHistogram, type CountedHistogram } from './counted-histogram.ts';
import { definitions, type MetricKey } from './definitions.ts';

export interface Instruments {
  readonly registry: Registry;
  set(key: MetricKey, value: number, labels?: Labels): void;
  /** Of a counter that somebody else counts. */
  total(key: MetricKey, value: number, labels?: Labels): void;
  add(key: MetricKey, value: number, labels?: Labels): void;
  observe(key: MetricKey, value: number, labels?: Labels): void;
  /** From heartbeats. */
  readonly callRows: CountedHistogram;
  readonly callSeconds: CountedHistogram;
}

type Labels = Readonly<Record<string, string>>;

const none: Labels = {};

export function createInstruments(): Instruments {
  const registry = new Registry();
  const gauges = new Map<string, Gauge>();
  const counters = new Map<string, Counter>();
  const histograms = new Map<string, Histogram>();
  const { callRows, callSeconds, ...plain } = definitions;
  for (const [key, { type, name, help, labels, buckets }] of Object.entries(plain)) {
    const config = { name, help, labelNames: [...labels], registers: [registry] };
    if (type === 'gauge') gauges.set(key, new Gauge(config));
    else if (type === 'counter') counters.set(key, new Counter(config));
    else histograms.set(key, new Histogram({ ...config, buckets: [...buckets] }));
  }
  return {
    registry,
    set: (key, value, labels = none) => gauges.get(key)?.set(labels, value),
    total(key, value, labels = none) {
      const counter = counters.get(key);
      counter?.remove(labels);
      counter?.inc(labels, value);
    },
    add: (key, value, labels = none) => counters.get(key)?.inc(labels, value),
    observe: (key, value, labels = none) => histograms.get(key)?.observe(labels, value),
    callRows: countedHistogram(registry, callRows),
    callSeconds: countedHistogram(registry, callSeconds),
  };
}
