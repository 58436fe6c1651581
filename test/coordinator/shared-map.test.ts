import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SharedMap } from '../../coordinator/core/shared-map.ts';

const keys = fc.integer({ min: 0, max: 40 }).map((k) => `job${k}`);
const steps = fc.array(
  fc.oneof(
    fc.record({ set: keys, value: fc.nat() }),
    fc.record({ delete: keys }),
    fc.constant({ copy: true }),
  ),
  { maxLength: 120 },
);

describe('a map whose copies share what did not change', () => {
  it('is a map, in order of insertion, and leaves the maps it came from alone', () => {
    fc.assert(
      fc.property(steps, (todo) => {
        let shared = new SharedMap<number>();
        let plain = new Map<string, number>();
        const old: { shared: SharedMap<number>; plain: Map<string, number> }[] = [];
        for (const one of todo) {
          if ('set' in one) {
            shared.set(one.set, one.value);
            plain.set(one.set, one.value);
          } else if ('delete' in one) {
            shared.delete(one.delete);
            plain.delete(one.delete);
          } else {
            old.push({ shared, plain });
            shared = new SharedMap(shared);
            plain = new Map(plain);
          }
        }
        expect([...shared]).toEqual([...plain]);
        const byKey = (map: ReadonlyMap<string, number>) => [...map].sort();
        for (const pair of [...old, { shared, plain }]) {
          expect(byKey(pair.shared)).toEqual(byKey(pair.plain));
          expect(pair.shared.size).toBe(pair.plain.size);
          for (const [key, value] of pair.plain) expect(pair.shared.get(key)).toBe(value);
        }
      }),
    );
  });

  it('can be copied twice, and is not changed after that', () => {
    const first = new SharedMap(new Map([['a', 1]]));
    const one = new SharedMap(first);
    const other = new SharedMap(first);
    one.set('a', 2);
    other.set('b', 3);
    expect(() => first.set('c', 4)).toThrow('not changed any more');
    expect([[...first], [...one], [...other]]).toEqual([
      [['a', 1]],
      [['a', 2]],
      [
        ['a', 1],
        ['b', 3],
      ],
    ]);
  });

  it('reads as one', () => {
    const map = new SharedMap(new Map([['a', 1]]));
    map.set('b', 2);
    map.set('a', 3);
    const seen: [string, number][] = [];
    map.forEach((value, key) => seen.push([key, value]));
    expect(seen).toEqual([...map.entries()]);
    expect([...map.keys()]).toEqual(['a', 'b']);
    expect([...map.values()]).toEqual([3, 2]);
    expect([map.has('a'), map.has('c'), map.get('c')]).toEqual([true, false, undefined]);
  });
});
