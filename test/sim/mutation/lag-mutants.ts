/** Bugs about blocks that are rounds behind. */
import type { Mutant } from './mutant.ts';

const core = 'coordinator/core';

export const lagMutants: readonly Mutant[] = [
  {
    name: 'lag: the answer of a late block is composed with the newer boundary',
    file: `${core}/wave.ts`,
    from: '  const { begin, left, leftSince, summary } = block;',
    to: '  const { begin, leftSince, summary } = block;\n  const left = leftSince ?? block.left;',
  },
  {
    name: 'lag: a frozen boundary takes the bits that a block swept with',
    file: 'shared/numerics/compose.ts',
    from: '  const left = leftSince ?? sweptWith;',
    to: '  const left = leftSince ? sweptWith : sweptWith;',
  },
  {
    name: 'lag: blocks that are behind are asked for the next round as well',
    file: `${core}/rounds.ts`,
    from: 'other.round + other.lag < round)',
    to: 'other.round < round)',
  },
  {
    name: 'lag: a block that has caught up stays in its old round',
    file: `${core}/wave.ts`,
    from: '  block.round += block.lag;\n',
    to: '',
  },
  {
    name: 'lag: a block may be behind for ever',
    file: `${core}/lag.ts`,
    from: 'lag < maxLag && (phase',
    to: 'lag >= 0 && (phase',
  },
];
