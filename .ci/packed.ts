/**
 * The package as `npm pack` makes it, in a copy of the checkout: whoever reads package.json
 * meanwhile, another gate or a test, finds it as it is.
 */
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { output, root } from './run-program.ts';

export interface Packed {
  /** The tarball. */
  readonly file: string;
  /** Bytes of it. */
  readonly size: number;
  readonly unpackedSize: number;
  /** Of its bytes. */
  readonly integrity: string;
  readonly files: readonly { readonly path: string; readonly size: number }[];
}

type Listed = Omit<Packed, 'file'> & { readonly filename: string };

/** Large, or made by programs; nothing of it is packed. */
const notCopied = /^(node_modules|dist|coverage|test|bench|\.git|\.venv|\.pack-.*|isochron-.*)$/;

/** Packs into the folder. npm 11 prints a list of one; npm 12 an object keyed by package name. */
export function packInto(folder: string): Packed {
  // inside the checkout, where the tools of node_modules are found
  const copy = mkdtempSync(join(root, '.pack-'));
  try {
    for (const name of readdirSync(root)) {
      if (notCopied.test(name)) continue;
      cpSync(join(root, name), join(copy, name), { recursive: true });
    }
    const pack = ['pack', '--json', '--pack-destination', folder];
    const printed = output('npm', pack, { cwd: copy });
    const answer = JSON.parse(printed) as Listed[] | Record<string, Listed>;
    const [first] = Object.values(answer);
    if (first === undefined) throw new Error('npm pack named no package');
    return { ...first, file: join(folder, first.filename) };
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}
