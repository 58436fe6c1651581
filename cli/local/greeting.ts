/** What `up` says once its workers are there. */
import type { AvailableModel } from '../client.ts';
import type { Cluster } from './cluster.ts';

export interface Greeted {
  readonly cluster: Pick<Cluster, 'client' | 'worker' | 'http' | 'token' | 'ca'>;
  /** Of them. */
  readonly workers: number;
  /** Folder of jobs and tokens. */
  readonly data: string;
}

/**
 * Lines for somebody who looks, with an address of the dashboard that has the token in it; else a
 * line of JSON without: what is written to files must open nothing.
 */
export function greeting(
  interactive: boolean,
  { cluster, workers, data }: Greeted,
  models: readonly AvailableModel[],
): string {
  const { client, worker, http, token, ca } = cluster;
  const dashboard = http && `${ca === undefined ? 'http' : 'https'}://${http}/`;
  const names = models.map(({ name }) => name);
  if (!interactive) {
    const event = { event: 'ready', coordinator: client, workerListen: worker, dashboard };
    return `${JSON.stringify({ ...event, workers, models: names })}\n`;
  }
  const lines = [
    `coordinator on ${client} (workers join on ${worker}), data in ${data}`,
    `${workers} workers, models: ${names.join(', ') || 'none'}`,
    ...(dashboard ? [`dashboard on ${dashboard}#token=${token}`] : []),
  ];
  // A condition shows more of the command line.
  const model = models.find(({ conditions }) => conditions.length > 0) ?? models[0];
  if (model !== undefined) lines.push('try:', `  ${exampleLine(model, client)}`);
  return `${[...lines, 'Ctrl-C stops everything'].join('\n')}\n`;
}

function exampleLine(model: AvailableModel, client: string): string {
  const [condition] = model.conditions;
  const label = condition?.labels.find((candidate) => /^[\w-]+$/.test(candidate));
  const input =
    condition === undefined ? '' : ` --input ${condition.name}=${label ?? condition.minimum}`;
  const where = client === '127.0.0.1:7400' ? '' : ` --coordinator ${client}`;
  return `isochron submit --model ${model.name} --solver ddim --steps 50${input} --out out${where}`;
}
