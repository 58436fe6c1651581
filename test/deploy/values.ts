/** The values of the chart as its schema and as the table of its README: made, never written. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isMap, isScalar, parseDocument, type Pair, type YAMLMap } from 'yaml';
import { chartFolder } from './chart.ts';

interface Value {
  /** Such as `worker.gpu.count`. */
  readonly path: string;
  readonly text: string;
  readonly initial: unknown;
}

interface Schema {
  [keyword: string]: unknown;
}

const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];
const pulls = ['Always', 'IfNotPresent', 'Never'];
const positive = { type: 'integer', minimum: 1 };

/** What a first value does not say of its kind. */
const narrower: Readonly<Record<string, Schema>> = {
  'image.digest': { pattern: '^$|^sha256:[0-9a-f]{64}$' },
  'image.pullPolicy': { enum: pulls },
  'models.oci.pullPolicy': { enum: pulls },
  'models.source': { enum: ['image', 'pvc', 'hostPath', 'oci', 'init'] },
  'coordinator.logLevel': { enum: levels },
  'worker.logLevel': { enum: levels },
  'worker.backend': { pattern: '^(onnx(:[a-z]+(:[0-9]+)?)?|analytic|emulated:.+|oip:.+)$' },
  'worker.threads': positive,
  'worker.podDisruptionBudget.maxUnavailable': { type: ['integer', 'string'], pattern: '^\\d+%$' },
  'worker.terminationGracePeriodSeconds': { type: 'integer', minimum: 65 },
  'coordinator.service.type': { enum: ['ClusterIP', 'NodePort', 'LoadBalancer'] },
  'coordinator.retain.days': { type: 'number', minimum: 0 },
  'coordinator.retain.gib': { type: 'number', minimum: 0 },
  'autoscaling.keda.prometheusAddress': { pattern: '^https?://' },
  'autoscaling.keda.perWorker': { type: 'number', exclusiveMinimum: 0 },
  'autoscaling.hpa.cpuPercent': { type: 'integer', minimum: 1, maximum: 100 },
  'autoscaling.hpa.minReplicas': positive,
};

/** Maps whose keys are Kubernetes' business. */
const freeNames = [
  'resources',
  'podSecurityContext',
  'securityContext',
  'nodeSelector',
  'affinity',
];
const freeMaps = [
  ...freeNames,
  'annotations',
  'podAnnotations',
  'podLabels',
  'labels',
  'issuerRef',
];
const free = new RegExp(`(^|\\.)(${freeMaps.join('|')})$`);

export function chartValues(): Value[] {
  const text = readFileSync(join(chartFolder, 'values.yaml'), 'utf8');
  const root = parseDocument(text).contents;
  if (!isMap(root)) throw new Error('values.yaml: found no map');
  return valuesOf(root, '');
}

function valuesOf(map: YAMLMap<unknown, unknown>, prefix: string): Value[] {
  return map.items.flatMap((pair: Pair<unknown, unknown>, index) => {
    const { key, value } = pair;
    const path = `${prefix}${String(isScalar(key) ? key.value : key)}`;
    if (isMap(value) && value.items.length > 0 && !free.test(path)) {
      return valuesOf(value, `${path}.`);
    }
    // the comment above the first key of a map belongs to the map
    const above = (index === 0 ? map.commentBefore : undefined) ?? commentOf(key);
    const initial: unknown = isMap(value) || !isScalar(value) ? toPlain(value) : value.value;
    return [{ path, text: above.trim().replace(/\s*\n\s*/g, ' '), initial }];
  });
}

function commentOf(key: unknown): string {
  return isScalar(key) ? (key.commentBefore ?? '') : '';
}

function toPlain(node: unknown): unknown {
  const { toJSON } = (node ?? {}) as { toJSON?: () => unknown };
  return toJSON === undefined ? null : toJSON.call(node);
}

/** JSON Schema, draft 7, as helm reads it: what is not a value of the chart is refused. */
export function valuesSchema(): Schema {
  const root = closed();
  for (const { path, text, initial } of chartValues()) {
    const keys = path.split('.');
    let at = root;
    for (const key of keys.slice(0, -1)) {
      at.properties[key] ??= closed();
      at = at.properties[key] as Closed;
    }
    const own = { description: text, ...typeOf(initial), ...narrower[path] };
    at.properties[keys.at(-1) ?? ''] = own;
  }
  // helm adds it to the values of every chart
  root.properties['global'] = { type: 'object' };
  return { $schema: 'http://json-schema.org/draft-07/schema#', ...root };
}

interface Closed extends Schema {
  type: 'object';
  additionalProperties: false;
  properties: Record<string, Schema>;
}

function closed(): Closed {
  return { type: 'object', additionalProperties: false, properties: {} };
}

function typeOf(initial: unknown): Schema {
  if (Array.isArray(initial)) return { type: 'array' };
  if (typeof initial === 'number') return { type: 'integer', minimum: 0 };
  return { type: initial === null ? 'object' : typeof initial };
}

export function valuesTable(): string {
  const rows = chartValues().map(({ path, text, initial }) => {
    const shown = JSON.stringify(initial);
    return `| \`${path}\` | \`${shown === '""' ? ' ' : shown}\` | ${text} |`;
  });
  return ['| value | default | what it is |', '|---|---|---|', ...rows, ''].join('\n');
}
