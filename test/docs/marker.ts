/**
 * What the comment above a block says about it: `run`, with what the run needs, or `not run` with
 * the reason. README.md of this folder has the words.
 */
import type { Block } from './markdown.ts';

export type Place = 'folder' | 'checkout' | 'clone';

export interface Run {
  readonly kind: 'run';
  /** A cluster that is there already: of the bundled models, or of the analytic ones. */
  readonly needs: 'cluster' | 'analytic' | undefined;
  /** Blocks of one document and one session share a folder, variables and processes. */
  readonly session: string | undefined;
  readonly place: Place;
  /** Exit code that the block must end with. */
  readonly exit: number;
  /** What the output must contain. */
  readonly shows: string | undefined;
  /** The block keeps running; it is ready when its output contains this. */
  readonly until: string | undefined;
  /** Write the block into this file of the session's folder. */
  readonly save: string | undefined;
  /** Programs and Python modules (`python:NAME`) without which the block is not run. */
  readonly tools: readonly string[];
  /** Command and options that this version may lack, such as `certs init` or `up --http-listen`. */
  readonly when: string | undefined;
  /** Run with the machine's own network and not in a namespace. */
  readonly network: boolean;
  /** Only with `--slow`. */
  readonly slow: boolean;
  readonly seconds: number;
}

export interface NotRun {
  readonly kind: 'not run';
  readonly reason: string;
  /** As for a run: until then the command line is not held against the program's options. */
  readonly when: string | undefined;
}

export type Marker = Run | NotRun;

const secondsMost = 600;
const flags = ['network', 'slow'];
const words = [...flags, 'needs', 'session', 'in', 'exit', 'shows', 'until', 'save', 'tools'];
const known = new Set([...words, 'when', 'seconds']);
const reasonLeast = 10;

export class MarkerError extends Error {}

/** @throws MarkerError saying what is wrong with the comment */
export function markerOf({ comment }: Pick<Block, 'comment'>): Marker {
  if (comment === undefined) {
    throw new MarkerError(
      'no marker above the block; say <!-- run --> or <!-- not run: REASON -->',
    );
  }
  const [, reason] = /^not run(?::\s*(.*))?$/.exec(comment) ?? [];
  if (/^not run\b/.test(comment)) {
    const [, words = '', when] = /^(.*?)(?:\s*\(when=([^)]*)\))?$/.exec(reason ?? '') ?? [];
    if (words.length >= reasonLeast) return { kind: 'not run', reason: words, when };
    throw new MarkerError('a block that is not run needs a reason: <!-- not run: REASON -->');
  }
  const [, rest] = /^run(?::\s*(.*))?$/.exec(comment) ?? [];
  if (!/^run\b/.test(comment)) throw new MarkerError(`found "${comment}", expected run or not run`);
  return runOf(pairsOf(rest ?? ''));
}

function pairsOf(text: string): ReadonlyMap<string, string> {
  const pairs = new Map<string, string>();
  const rest = text.replaceAll(/([\w-]+)(?:=(?:"([^"]*)"|(\S+)))?/g, (_all, name: string, ...v) => {
    const [quoted, plain] = v as (string | undefined)[];
    if (!known.has(name))
      throw new MarkerError(`${name}: expected one of ${[...known].join(', ')}`);
    if (pairs.has(name)) throw new MarkerError(`${name} is there twice`);
    const value = quoted ?? plain;
    if (flags.includes(name) !== (value === undefined)) {
      throw new MarkerError(`${name}: ${value === undefined ? 'a value is missing' : 'no value'}`);
    }
    pairs.set(name, value ?? 'yes');
    return '';
  });
  if (rest.trim() !== '') throw new MarkerError(`"${rest.trim()}" is no word of a marker`);
  return pairs;
}

function runOf(pairs: ReadonlyMap<string, string>): Run {
  const needs = oneOf(pairs, 'needs', ['cluster', 'analytic']);
  const place = oneOf(pairs, 'in', ['folder', 'checkout', 'clone']) ?? 'folder';
  return {
    kind: 'run',
    needs,
    session: pairs.get('session'),
    place,
    exit: whole(pairs, 'exit', 0, 255),
    shows: pairs.get('shows'),
    until: pairs.get('until'),
    save: pairs.get('save'),
    tools: pairs.get('tools')?.split(',') ?? [],
    when: pairs.get('when'),
    network: pairs.has('network'),
    slow: pairs.has('slow'),
    seconds: whole(pairs, 'seconds', 60, secondsMost),
  };
}

function oneOf<const T extends string>(
  pairs: ReadonlyMap<string, string>,
  name: string,
  values: readonly T[],
): T | undefined {
  const found = pairs.get(name);
  const value = values.find((candidate) => candidate === found);
  if (found === value) return value;
  throw new MarkerError(`${name}: found ${found}, expected ${values.join(' or ')}`);
}

function whole(
  pairs: ReadonlyMap<string, string>,
  name: string,
  otherwise: number,
  most: number,
): number {
  const value = Number(pairs.get(name) ?? otherwise);
  if (Number.isInteger(value) && value >= 0 && value <= most) return value;
  throw new MarkerError(`${name}: found ${pairs.get(name)}, expected 0 to ${most}`);
}
