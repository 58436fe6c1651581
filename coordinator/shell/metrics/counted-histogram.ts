/** A histogram that is given counts, not values: those that workers send in their heartbeats. */
import type { Metric, MetricValueWithName, Registry } from 'prom-client';
import type { MetricDefinition } from './definitions.ts';

export interface CountedHistogram {
  /**
   * @param counts of values at most as large as the first bound, the second ...; beyond: more
   * @param sum of the values
   */
  add(counts: readonly number[], sum: number): void;
}

/** What a registry writes down of a metric. */
interface Written {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly values: MetricValueWithName<string>[];
}

export function countedHistogram(
  registry: Registry,
  { name, help, buckets }: MetricDefinition,
): CountedHistogram {
  const counted = new Float64Array(buckets.length + 1);
  let total = 0;
  const get = (): Promise<Written> => {
    let below = 0;
    const values = [...counted].map((count, k) => {
      below += count;
      const le = k < buckets.length ? String(buckets[k]) : '+Inf';
      return { metricName: `${name}_bucket`, labels: { le }, value: below };
    });
    const totals = [
      { metricName: `${name}_sum`, labels: {}, value: total },
      { metricName: `${name}_count`, labels: {}, value: below },
    ];
    return Promise.resolve({ name, help, type: 'histogram', values: [...values, ...totals] });
  };
  // the registry asks a metric for its name and its values, and for nothing else
  registry.registerMetric({ name, get } as unknown as Metric);
  return {
    add(counts, sum) {
      for (const [k, count] of counts.entries()) {
        const at = Math.min(k, buckets.length);
        counted[at] = (counted[at] ?? 0) + count;
      }
      total += sum;
    },
  };
}
