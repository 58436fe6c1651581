/**
 * Small drawings that can be read on a light and on a dark page: they bring their own ground, and
 * follow the reader's choice of colours.
 */

export const WIDTH = 820;

const style = [
  '.ground{fill:#ffffff;stroke:#d0d7de}.ink{fill:#24292f}.quiet{fill:#57606a}',
  '.line{stroke:#57606a;fill:none}.grid{stroke:#d8dee4}.frozen{fill:#afb8c1}',
  '.waiting{fill:#eaeef2}.soft{fill:#f6f8fa;stroke:#d0d7de}',
  '.a{fill:#0072b2}.b{fill:#d55e00}.c{fill:#009e73}.d{fill:#cc79a7}',
  '.as{stroke:#0072b2}.bs{stroke:#d55e00}.cs{stroke:#009e73}.ds{stroke:#cc79a7}',
  '.as,.bs,.cs,.ds{fill:none;stroke-width:2.5}.on{fill:#ffffff}',
  'text{font:13px system-ui,-apple-system,"Segoe UI",sans-serif}',
  '.title{font-size:15px;font-weight:600}.small{font-size:11px}',
  '.middle{text-anchor:middle}.end{text-anchor:end}',
  '@media(prefers-color-scheme:dark){.ground{fill:#161b22;stroke:#30363d}.ink{fill:#e6edf3}',
  '.quiet{fill:#9198a1}.line{stroke:#9198a1}.grid{stroke:#30363d}.frozen{fill:#6e7681}',
  '.waiting{fill:#262c36}.soft{fill:#0d1117;stroke:#30363d}',
  '.a{fill:#3d9bd6}.b{fill:#f0883e}.c{fill:#2fb98d}.d{fill:#d891ba}',
  '.as{stroke:#3d9bd6}.bs{stroke:#f0883e}.cs{stroke:#2fb98d}.ds{stroke:#d891ba}',
  '.on{fill:#0d1117}}',
].join('');

/** A whole picture, with a title and what it says for those who do not see it. */
export function picture(height: number, title: string, marks: readonly string[]): string {
  const size = `width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}"`;
  const ground = box({ x: 1, y: 1, width: WIDTH - 2, height: height - 2 }, 'ground', 8);
  const lines = [
    `<svg xmlns="http://www.w3.org/2000/svg" ${size} role="img">`,
    `<title>${escaped(title)}</title>`,
    `<style>${style}</style>`,
    ground,
    text(20, 30, title, 'ink title'),
    ...marks,
    '</svg>',
  ];
  return `${lines.join('\n')}\n`;
}

/** @param look classes: a colour, `small`, and `middle` or `end` for what x is of the words */
export function text(x: number, y: number, words: string, look = 'ink'): string {
  return `<text class="${look}" x="${short(x)}" y="${short(y)}">${escaped(words)}</text>`;
}

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export function box({ x, y, width, height }: Box, look: string, radius = 0): string {
  const place = `x="${short(x)}" y="${short(y)}" width="${short(width)}" height="${short(height)}"`;
  return `<rect class="${look}" ${place}${radius > 0 ? ` rx="${radius}"` : ''}/>`;
}

/** A box in a colour that is a number. */
export function cell({ x, y, width, height }: Box, colour: number): string {
  const place = `x="${short(x)}" y="${short(y)}" width="${short(width)}" height="${short(height)}"`;
  return `<rect fill="#${colour.toString(16).padStart(6, '0')}" ${place}/>`;
}

export type Point = readonly [x: number, y: number];

export function line(points: readonly Point[], look = 'line'): string {
  const path = points.map(([x, y]) => `${short(x)},${short(y)}`).join(' ');
  return `<polyline class="${look}" points="${path}"/>`;
}

/** A line with a head at its end. */
export function arrow([x0, y0]: Point, [x1, y1]: Point, look = 'line'): string {
  const angle = Math.atan2(y1 - y0, x1 - x0);
  const head = [2.6, -2.6].map((turn): Point => {
    return [x1 + 8 * Math.cos(angle + turn), y1 + 8 * Math.sin(angle + turn)];
  });
  const [left = [x1, y1], right = [x1, y1]] = head;
  return line([[x0, y0], [x1, y1], left, [x1, y1], right], look);
}

function short(value: number): string {
  return String(Math.round(value * 10) / 10);
}

function escaped(words: string): string {
  return words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
