import { describe, expect, it } from 'vitest';
import type { CoordinatorData } from '../../../proto/generated/isochron/v1/CoordinatorData.ts';
import { loadPackage } from '../../../shared/protocol/loader.ts';
import {
  assembleToWorker,
  encodeOrders,
  encodeSupply,
  ordersOf,
} from '../../../shared/protocol/orders.ts';
import { conditionCache, conditionGate } from '../../../worker/shell/condition-cache.ts';
import { spec } from '../../protocol/wire-samples.ts';

const { Data } = loadPackage().Fleet.service;
const conditions = [{ name: 'text', values: new Float64Array(1000).fill(0.25) }];
const open = (job: string) => ({ kind: 'openJob', spec: { ...spec, job, conditions } }) as const;
const close = (job: string) => ({ kind: 'closeJob', job }) as const;

function orders(messages: readonly CoordinatorData[]) {
  const assembler = assembleToWorker();
  return messages
    .map((message) => Data.responseDeserialize(Data.responseSerialize(message)))
    .flatMap((message) => assembler.push(message) ?? [])
    .flatMap(ordersOf);
}

function gateOf(cache = conditionCache()) {
  const asked: string[] = [];
  const gate = conditionGate(cache, (job, digests) => asked.push(`${job} ${digests.length}`));
  const passes = (messages: readonly CoordinatorData[]) =>
    gate.pass(orders(messages)).map(({ openJob, closeJob }) => openJob?.job ?? closeJob?.job);
  return { cache, asked, passes };
}

const whole = { has: () => false };
const named = { has: () => true };

describe('the conditions of a worker', () => {
  it('are kept, so that the next job needs a digest only', () => {
    const { passes, asked } = gateOf();
    expect(passes(encodeOrders([open('a')], whole))).toEqual(['a']);
    expect(passes(encodeOrders([open('b')], named))).toEqual(['b']);
    expect(asked).toEqual([]);
  });

  it('outlive a stream', () => {
    const { cache, passes } = gateOf();
    passes(encodeOrders([open('a')], whole));
    expect(gateOf(cache).passes(encodeOrders([open('b')], named))).toEqual(['b']);
  });

  it('are asked for where they are not there, and orders wait in line meanwhile', () => {
    const { passes, asked } = gateOf();
    expect(passes(encodeOrders([close('x'), open('a'), close('a')], named))).toEqual(['x']);
    expect(passes(encodeOrders([open('b'), close('b')], named))).toEqual([]);
    expect(asked).toEqual(['a 1']);
    expect(passes(encodeSupply('a', conditions))).toEqual(['a', 'a', 'b', 'b']);
    expect(asked).toEqual(['a 1']);
  });

  it('that nobody has any more hold up nobody', () => {
    const { passes } = gateOf();
    expect(passes(encodeOrders([open('a'), close('a'), close('b')], named))).toEqual([]);
    expect(passes(encodeSupply('a', []))).toEqual(['a', 'a', 'b']);
  });

  it('must be what they are named for', () => {
    const { passes } = gateOf();
    const [message] = encodeOrders([open('a')], whole);
    const tensor = message?.orders?.[0]?.openJob?.tensors?.[0];
    if (tensor) tensor.digest = '0'.repeat(64);
    expect(() => passes(message ? [message] : [])).toThrow(/not the one it is named for/);
  });
});
