/** Drawings of ideas: nothing in them is measured. */
import { arrow, box, line, picture, text, type Point } from './svg.ts';

/** One after the other, or rounds of many. */
export function idea(): string {
  const marks: string[] = [];
  const [left, unit] = [150, 30];
  marks.push(text(20, 70, 'step by step', 'ink'));
  for (let step = 0; step < 20; step += 1) {
    marks.push(box({ x: left + step * unit, y: 54, width: unit - 4, height: 24 }, 'a', 3));
  }
  marks.push(text(left, 98, '20 model calls, each waits for the one before', 'quiet small'));
  marks.push(text(20, 135, 'in rounds', 'ink'));
  const looks = ['a', 'b', 'c', 'd'];
  const rows = [4, 4, 4, 4, 4, 4, 4, 3];
  for (const [round, count] of rows.entries()) {
    for (let worker = 0; worker < count; worker += 1) {
      const y = 118 + worker * 28;
      marks.push(box({ x: left + round * 38, y, width: 26, height: 24 }, looks[worker] ?? 'a', 3));
    }
    if (round > 0) marks.push(arrow([left + round * 38 - 11, 172], [left + round * 38 - 2, 172]));
  }
  for (const worker of looks.keys()) {
    const name = `worker ${'ABCD'.charAt(worker)}`;
    marks.push(text(136, 135 + worker * 28, name, 'quiet small end'));
  }
  const ends = left + rows.length * 38;
  marks.push(arrow([ends, 240], [ends + 200, 240], 'line'));
  marks.push(text(ends + 8, 228, 'time won', 'quiet small'));
  const sums = '8 rounds, 31 model calls: more work, sooner done. Between rounds only edges travel';
  marks.push(text(left, 258, sums, 'quiet small'));
  return picture(276, 'The idea: more model calls, fewer that wait for each other', marks);
}

/** A trajectory cut into blocks, and what travels in a round. */
export function blocks(): string {
  const names = ['block 0, worker A', 'block 1, worker B', 'block 2, worker A'];
  const looks = ['a', 'b', 'a'];
  const marks: string[] = [];
  const [left, width, top] = [50, 240, 96];
  for (const [k, name] of names.entries()) {
    const x = left + k * width;
    marks.push(box({ x: x + 4, y: top - 26, width: width - 8, height: 84 }, 'soft', 6));
    marks.push(text(x + width / 2, top - 8, name, 'ink middle'));
    for (let row = 0; row < 8; row += 1) {
      const at = { x: x + 16 + row * 27, y: top + 8, width: 20, height: 20 };
      marks.push(box(at, looks[k] ?? 'a', 3));
    }
    marks.push(
      text(x + width / 2, top + 48, 'rows stay here, beside the model', 'quiet small middle'),
    );
  }
  for (const [k, name] of ['x[0], noise', 'x[8]', 'x[16]', 'x[24], sample'].entries()) {
    const x = left + k * width;
    marks.push(
      line([
        [x, top - 34],
        [x, top + 66],
      ]),
    );
    marks.push(text(x, top - 40, name, 'ink small middle'));
  }
  marks.push(...roundOf(left, width, top + 96));
  return picture(330, 'Blocks: only boundaries travel, two latents a block and round', marks);
}

function roundOf(left: number, width: number, top: number): string[] {
  const marks: string[] = [];
  const coordinator = { x: left, y: top + 62, width: width * 3, height: 34 };
  marks.push(box(coordinator, 'soft', 6));
  marks.push(
    text(left + width * 1.5, top + 84, 'coordinator: compose, left to right', 'ink middle'),
  );
  for (const k of [0, 1, 2]) {
    const x = left + k * width + width / 2;
    const [down, up]: [Point, Point] = [
      [x - 20, top + 60],
      [x + 20, top - 24],
    ];
    marks.push(arrow([x - 20, top - 24], down, k === 1 ? 'bs' : 'as'));
    marks.push(text(x - 28, top + 22, 'S, P', 'ink small end'));
    if (k === 0) continue;
    marks.push(arrow([x + 20, top + 60], up, k === 1 ? 'bs' : 'as'));
    marks.push(text(x + 28, top + 22, 'new left boundary', 'ink small'));
  }
  const says = 'S: where the block ends. P: how far that moves when its left boundary moves.';
  marks.push(text(left, top + 122, says, 'quiet small'));
  return marks;
}

/** What happens to the rows of a window in three rounds. */
export function rolling(): string {
  const marks: string[] = [];
  const steps = 24;
  const [left, unit, top] = [110, 28, 60];
  const rounds = [
    { frozen: 0, end: 12 },
    { frozen: 4, end: 16 },
    { frozen: 9, end: 21 },
    { frozen: 15, end: 24 },
    { frozen: 24, end: 24 },
  ];
  for (const [k, { frozen, end }] of rounds.entries()) {
    const y = top + k * 34;
    marks.push(text(20, y + 15, k === 4 ? 'done' : `round ${k + 1}`, 'ink'));
    for (let row = 0; row < steps; row += 1) {
      const look = row < frozen ? 'frozen' : row < end ? 'a' : 'waiting';
      marks.push(box({ x: left + row * unit, y, width: unit - 4, height: 22 }, look, 3));
    }
    if (frozen === steps) continue;
    const at = left + frozen * unit - 2;
    marks.push(
      line(
        [
          [at, y - 5],
          [at, y + 27],
        ],
        'bs',
      ),
    );
    marks.push(
      line(
        [
          [left + frozen * unit, y + 27],
          [left + end * unit - 4, y + 27],
        ],
        'as',
      ),
    );
  }
  const keys = [
    ['frozen', 'frozen: never evaluated again'],
    ['a', 'active: evaluated every round, at most the window'],
    ['waiting', 'waiting: not started'],
  ] as const;
  const places = [110, 330, 660];
  for (const [k, [look, words]] of keys.entries()) {
    const x = places[k] ?? 0;
    marks.push(box({ x, y: 240, width: 14, height: 14 }, look, 2));
    marks.push(text(x + 20, 252, words, 'quiet small'));
  }
  marks.push(text(110, 278, 'orange: the frontier, first row that is not frozen', 'quiet small'));
  return picture(296, 'The window rolls to the right as rows freeze', marks);
}
