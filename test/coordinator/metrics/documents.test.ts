/** The document, the alert rules and the dashboard know the metrics that exist, and no others. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { withMetricTable } from '../../../.ci/metric-table.ts';
import { definitions } from '../../../coordinator/shell/metrics/definitions.ts';
import { createMetrics } from '../../../coordinator/shell/metrics/metrics.ts';
import { packageRoot } from '../../../shared/protocol/package-root.ts';
import { plainAutoscalingQuery } from '../../deploy/autoscaling-query.ts';

const read = (...path: string[]) => readFile(join(packageRoot(), ...path), 'utf8');

const known = new Set(
  Object.values(definitions).flatMap(({ name, type }) =>
    type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
  ),
);

function unknownIn(expressions: readonly string[], atLeast = 11): string[] {
  const used = expressions.flatMap(
    (text) => text.match(/\b(?:isochron|process|nodejs)_\w+/g) ?? [],
  );
  expect(used.length).toBeGreaterThanOrEqual(atLeast);
  return used.filter((name) => !known.has(name));
}

interface Rules {
  readonly groups: readonly { readonly rules: readonly { readonly expr: string }[] }[];
}

interface Dashboard {
  readonly panels: readonly { readonly targets: readonly { readonly expr: string }[] }[];
}

describe('what is written about metrics', () => {
  it('has the table that the definitions make (node .ci/metric-table.ts)', async () => {
    const document = await read('docs', 'METRICS.md');
    expect(document).toBe(withMetricTable(document));
  });

  it('asks for workers as the chart does', async () => {
    const query = plainAutoscalingQuery();
    expect(unknownIn([query], 3)).toEqual([]);
    expect(await read('docs', 'METRICS.md')).toContain(` | \`${query}\` |`);
  });

  it('alerts on metrics that exist', async () => {
    const { groups } = parse(await read('deploy', 'prometheus', 'rules.yml')) as Rules;
    const rules = groups.flatMap((group) => group.rules);
    expect(unknownIn(rules.map(({ expr }) => expr))).toEqual([]);
  });

  it('draws metrics that exist', async () => {
    const { panels } = JSON.parse(await read('deploy', 'grafana', 'isochron.json')) as Dashboard;
    const targets = panels.flatMap((panel) => panel.targets);
    expect(unknownIn(targets.map(({ expr }) => expr))).toEqual([]);
  });
});

describe('names of metrics', () => {
  const all = Object.values(definitions);

  it('are there once, with the unit behind', () => {
    const names = all.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const { name, type } of all) {
      expect(name).toMatch(/^(isochron|process|nodejs)_[a-z_]+$/);
      expect(name.endsWith('_total'), name).toBe(type === 'counter');
      expect(name).not.toMatch(/_(ms|kib|mib|minutes|hours)(_|$)/);
    }
  });

  it('have a few labels, none of which grows', () => {
    const labels = new Set(all.flatMap(({ labels: own }) => own));
    const bounded = ['state', 'code', 'direction', 'failure', 'version', 'protocol', 'node'];
    expect([...labels].filter((label) => !bounded.includes(label))).toEqual([]);
  });

  it('are all in the text, also before there is a coordinator', async () => {
    const metrics = createMetrics(() => undefined);
    const text = await metrics.text();
    metrics.close();
    for (const { name, type } of all) expect(text).toContain(`# TYPE ${name} ${type}\n`);
  });
});
