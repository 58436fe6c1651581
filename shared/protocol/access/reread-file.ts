/** Files whose content is used for as long as they do not change. */
import { statSync } from 'node:fs';

export interface RereadFile<Content> {
  /** The content, read again where a file has changed. */
  get(): Content;
}

export interface RereadOptions<Content> {
  readonly paths: readonly string[];
  /** Where none of them is there; without it, reading them is tried. */
  readonly missing?: Content;
  readonly read: () => Content;
  /** They have changed and cannot be read: the last good content stays. */
  readonly onProblem: (error: unknown) => void;
}

/** Looks at the status of the files at every use. @throws where they cannot be read now. */
export function rereadFile<Content>(options: RereadOptions<Content>): RereadFile<Content> {
  const { paths, missing, read, onProblem } = options;
  const next = (stamp: string): Content =>
    stamp.trim() === '' && missing !== undefined ? missing : read();
  let seen = stampOf(paths);
  let content = next(seen);
  return {
    get() {
      const stamp = stampOf(paths);
      if (stamp === seen) return content;
      seen = stamp;
      try {
        content = next(stamp);
      } catch (error) {
        onProblem(error);
      }
      return content;
    },
  };
}

/** Differs between any two versions of the files; blank where there is none. */
function stampOf(paths: readonly string[]): string {
  return paths
    .map((path) => statSync(path, { bigint: true, throwIfNoEntry: false }))
    .map((stats) => (stats ? `${stats.ino}/${stats.size}/${stats.mtimeNs}/${stats.ctimeNs}` : ''))
    .join(' ');
}
