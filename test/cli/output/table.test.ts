import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plainText, renderTable, terminalWidth, truncate } from '../../../cli/output/table.ts';

/** Lone surrogates and control characters included. */
const anyCharacter = fc.nat(0x10ffff).map((code) => String.fromCodePoint(code));

describe('renderTable', () => {
  it('aligns numbers to the right, text to the left, and units as told', () => {
    const columns = [
      { title: 'method' },
      { title: 'rounds' },
      { title: 'wall', align: 'right' },
    ] as const;
    const rows = [
      ['sequential', 1000, '12.4 s'],
      ['secant', 24, '812 ms'],
      ['parareal', null, undefined],
    ];
    expect(`\n${renderTable(columns, rows)}\n`).toBe(`
method      rounds    wall
──────────  ──────  ──────
sequential    1000  12.4 s
secant          24  812 ms
parareal         -       -
`);
  });

  it('has a title and a rule without any rows', () => {
    expect(renderTable([{ title: 'job' }], [])).toBe('job\n───');
  });

  it('lines up for any cells, and no cell can break out of its line', () => {
    const cell = fc.oneof(fc.string({ unit: anyCharacter }), fc.integer(), fc.constant(null));
    fc.assert(
      fc.property(fc.array(fc.tuple(cell, cell), { maxLength: 8 }), (rows) => {
        const columns = [{ title: 'a', align: 'right' }, { title: 'b' }] as const;
        const lines = renderTable(columns, rows).split('\n');
        expect(lines.length).toBe(rows.length + 2);
        const width = terminalWidth(lines[1] ?? '');
        for (const line of lines) expect(terminalWidth(line)).toBeLessThanOrEqual(width);
      }),
    );
  });
});

describe('text on a terminal', () => {
  it('loses its escape sequences, line breaks and direction marks', () => {
    expect(plainText('a\x1b[2Jb\r\nc\u202ed\u0007')).toBe('a [2Jb c d ');
  });

  it('counts wide characters twice', () => {
    expect(terminalWidth('abc')).toBe(3);
    expect(terminalWidth('█░…')).toBe(3);
    expect(terminalWidth('漢字')).toBe(4);
    expect(terminalWidth('🦊')).toBe(2);
  });

  it('is cut to any width', () => {
    expect(truncate('trajectory', 10)).toBe('trajectory');
    expect(truncate('trajectory', 5)).toBe('traj…');
    expect(truncate('漢字漢字', 5)).toBe('漢字…');
    expect(truncate('trajectory', 0)).toBe('');
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.nat(20), (text, width) => {
        expect(terminalWidth(truncate(text, width))).toBeLessThanOrEqual(width);
      }),
    );
  });
});
