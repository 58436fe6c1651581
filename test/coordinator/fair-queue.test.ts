import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  enqueue,
  fairQueue,
  nextInTurn,
  reweighted,
  settled,
  standing,
  taken,
  tidied,
  waitingOf,
  withdrawn,
  type FairQueue,
} from '../../coordinator/core/fair-queue.ts';

interface Job {
  readonly client: string;
  readonly cost: number;
}

/** A cluster that runs `slots` jobs at once, each for as long as it costs. */
class Cluster {
  queue: FairQueue;
  atMs = 0;
  readonly jobs = new Map<string, Job>();
  readonly started: string[] = [];
  readonly running = new Map<string, number>();
  readonly served = new Map<string, number>();
  readonly #slots: number;

  constructor(slots: number, weights: ReadonlyMap<string, number> = new Map()) {
    this.#slots = slots;
    this.queue = fairQueue(weights);
  }

  get reserved(): Map<string, number> {
    const reserved = new Map<string, number>();
    for (const id of this.running.keys()) {
      const { client, cost } = this.job(id);
      reserved.set(client, (reserved.get(client) ?? 0) + cost);
    }
    return reserved;
  }

  job(id: string): Job {
    const found = this.jobs.get(id);
    if (!found) throw new Error(`no job ${id}`);
    return found;
  }

  submit(client: string, cost: number, priority = 0): string {
    const job = `${client}-${this.jobs.size}`;
    this.jobs.set(job, { client, cost });
    const queued = { job, client, priority, atMs: this.atMs };
    this.queue = enqueue(this.queue, queued, this.reserved);
    return job;
  }

  /** Starts what there is room for. */
  fill(canStart: (job: string) => boolean = () => true): void {
    while (this.running.size < this.#slots) {
      const next = nextInTurn(this.queue, this.reserved, canStart);
      if (!next) return;
      this.queue = taken(this.queue, next, this.reserved);
      this.started.push(next.job);
      this.running.set(next.job, this.atMs + this.job(next.job).cost);
    }
  }

  /** Up to the end of the job that ends first; false where none runs. */
  step(): boolean {
    const [first] = [...this.running].sort((a, b) => a[1] - b[1]);
    if (!first) return false;
    const [id, endMs] = first;
    const { client, cost } = this.job(id);
    this.atMs = endMs;
    this.running.delete(id);
    this.queue = settled(this.queue, client, cost);
    this.served.set(client, (this.served.get(client) ?? 0) + cost);
    this.fill();
    this.queue = tidied(this.queue, this.reserved);
    return true;
  }

  run(): void {
    this.fill();
    while (this.step());
  }
}

const names = ['a', 'b', 'c', 'd'];
const costs = fc.integer({ min: 1, max: 50 });
const submissions = fc.array(fc.record({ client: fc.constantFrom(...names), cost: costs }), {
  maxLength: 60,
});

describe('shares of clients', () => {
  it('differ by no more than a job, while all have jobs waiting', () => {
    const weights = fc.record({ a: fc.integer({ min: 1, max: 4 }), b: fc.constant(1) });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), weights, submissions, (slots, of, jobs) => {
        const cluster = new Cluster(slots, new Map(Object.entries(of)));
        for (const { client, cost } of jobs) cluster.submit(client, cost);
        const all = [...new Set(jobs.map(({ client }) => client))];
        const most = Math.max(0, ...jobs.map(({ cost }) => cost));
        cluster.fill();
        do {
          const { queue, reserved } = cluster;
          if (all.some((client) => waitingOf(queue, client).length === 0)) break;
          const at = all.map((client) => standing(queue, client, reserved));
          expect(Math.max(...at) - Math.min(...at)).toBeLessThanOrEqual(most);
        } while (cluster.step());
      }),
    );
  });

  it('are those of the weights', () => {
    const cluster = new Cluster(2, new Map([['a', 3]]));
    for (let k = 0; k < 100; k++) for (const client of ['a', 'b']) cluster.submit(client, 10);
    cluster.fill();
    for (let k = 0; k < 80; k++) cluster.step();
    expect(cluster.served.get('a')).toBeGreaterThanOrEqual(590);
    expect(cluster.served.get('b')).toBeLessThanOrEqual(210);
  });

  it('are those of the new weights from the moment on that they change', () => {
    const cluster = new Cluster(2);
    for (let k = 0; k < 200; k++) for (const client of ['a', 'b']) cluster.submit(client, 10);
    cluster.fill();
    for (let k = 0; k < 80; k++) cluster.step();
    const before = new Map(cluster.served);
    cluster.queue = reweighted(cluster.queue, new Map([['a', 3]]));
    for (let k = 0; k < 80; k++) cluster.step();
    const since = (client: string) => (cluster.served.get(client) ?? 0) - (before.get(client) ?? 0);
    expect([before.get('a'), before.get('b')]).toEqual([400, 400]);
    expect(since('a')).toBeGreaterThanOrEqual(570);
    expect(since('b')).toBeLessThanOrEqual(230);
  });

  it('of weights 0.01 and 100 are shares of all but nothing, and nobody waits for ever', () => {
    const cluster = new Cluster(1, new Map(Object.entries({ a: 100, b: 0.01 })));
    for (let k = 0; k < 3; k++) cluster.submit('b', 1);
    for (let k = 0; k < 400; k++) cluster.submit('a', 100);
    cluster.fill();
    for (let k = 0; k < 150; k++) cluster.step();
    expect(cluster.served.get('b')).toBe(2);
    expect(cluster.served.get('a')).toBe(14_800);
  });

  it('go by what jobs cost and not by how many they are', () => {
    const cluster = new Cluster(1);
    for (let k = 0; k < 10; k++) cluster.submit('a', 100);
    for (let k = 0; k < 1000; k++) cluster.submit('b', 1);
    cluster.fill();
    while (cluster.atMs < 1000) cluster.step();
    expect(Math.abs((cluster.served.get('a') ?? 0) - (cluster.served.get('b') ?? 0))).toBeLessThan(
      101,
    );
  });

  it('are not saved up: who was away gets its share from then on, and at once', () => {
    const cluster = new Cluster(1);
    for (let k = 0; k < 100; k++) cluster.submit('a', 10);
    cluster.fill();
    for (let k = 0; k < 50; k++) cluster.step();
    for (let k = 0; k < 40; k++) cluster.submit('b', 10);
    const before = cluster.started.length;
    for (let k = 0; k < 40; k++) cluster.step();
    const since = cluster.started.slice(before).map((id) => cluster.job(id).client);
    expect(since[0]).toBe('b');
    expect(since.filter((client) => client === 'b')).toHaveLength(20);
  });

  it('are not lost either by a client whose jobs come one at a time', () => {
    const cluster = new Cluster(1);
    for (let k = 0; k < 50; k++) cluster.submit('a', 10);
    cluster.fill();
    for (let k = 0; k < 20; k++) {
      const job = cluster.submit('b', 10);
      cluster.step();
      expect(cluster.started.at(-1)).toBe(job);
      cluster.step();
    }
  });
});

describe('the order of a client', () => {
  it('is priority, then submission', () => {
    const cluster = new Cluster(1);
    const first = cluster.submit('a', 1);
    const urgent = cluster.submit('a', 1, 9);
    const [second, other] = [cluster.submit('a', 1), cluster.submit('a', 1, 9)];
    cluster.run();
    expect(cluster.started).toEqual([urgent, other, first, second]);
  });

  it('counts a step of priority as a minute: nothing waits for ever', () => {
    const cluster = new Cluster(1);
    const old = cluster.submit('a', 60_000, 0);
    cluster.submit('a', 60_000, 1);
    cluster.fill();
    for (let minute = 0; minute < 4; minute++) {
      cluster.submit('a', 60_000, 1);
      cluster.step();
    }
    expect(cluster.started.indexOf(old)).toBe(2);
  });

  it('says nothing about other clients', () => {
    const cluster = new Cluster(1);
    for (let k = 0; k < 10; k++) cluster.submit('a', 1, 9);
    for (let k = 0; k < 10; k++) cluster.submit('b', 1, 0);
    cluster.fill();
    for (let k = 0; k < 9; k++) cluster.step();
    const ofA = cluster.started.filter((id) => cluster.job(id).client === 'a');
    expect(ofA).toHaveLength(5);
  });
});

describe('a queue', () => {
  it('gives out every job once, whatever can start when, and then is as new', () => {
    fc.assert(
      fc.property(submissions, fc.infiniteStream(fc.boolean()), (jobs, coins) => {
        const cluster = new Cluster(3);
        for (const { client, cost } of jobs) cluster.submit(client, cost);
        const able = new Map(
          [...cluster.jobs.keys()].map((id) => [id, coins.next().value === true]),
        );
        cluster.fill((id) => able.get(id) ?? false);
        for (const id of cluster.started) expect(able.get(id)).toBe(true);
        // whoever counts for what, from the middle on
        cluster.queue = reweighted(cluster.queue, new Map([['a', 100]]).set('b', 0.01));
        cluster.run();
        expect([...cluster.started].sort()).toEqual([...cluster.jobs.keys()].sort());
        expect([cluster.queue.waiting, cluster.queue.clients.size]).toEqual([0, 0]);
        expect(cluster.queue.numbered).toBe(jobs.length);
      }),
    );
  });

  it('forgets a job that is withdrawn, once', () => {
    const cluster = new Cluster(1);
    const [first, second] = [cluster.submit('a', 1), cluster.submit('a', 1)];
    cluster.queue = withdrawn(cluster.queue, { client: 'a', job: first });
    expect(withdrawn(cluster.queue, { client: 'a', job: first })).toBe(cluster.queue);
    cluster.run();
    expect(cluster.started).toEqual([second]);
  });
});
