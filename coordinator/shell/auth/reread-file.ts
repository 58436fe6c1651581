/** A file whose content is used for as long as it does not change. */
import { statSync } from 'node:fs';

export interface RereadFile<Content> {
  /** The content, read again where the file has changed. */
  get(): Content;
}

export interface RereadOptions<Content> {
  readonly path: string;
  /** Of a file that is not there. */
  readonly missing: Content;
  readonly read: (path: string) => Content;
  /** It has changed and cannot be read: the last good content stays. */
  readonly onProblem: (error: unknown) => void;
}

/** Looks at the file's status at every use. @throws where it cannot be read now. */
export function rereadFile<Content>(options: RereadOptions<Content>): RereadFile<Content> {
  const { path, missing, read, onProblem } = options;
  let seen = stampOf(path);
  let content = seen === '' ? missing : read(path);
  return {
    get() {
      const stamp = stampOf(path);
      if (stamp === seen) return content;
      seen = stamp;
      try {
        content = stamp === '' ? missing : read(path);
      } catch (error) {
        onProblem(error);
      }
      return content;
    },
  };
}

/** Differs between any two versions of a file; empty where there is none. */
function stampOf(path: string): string {
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stats ? `${stats.ino} ${stats.size} ${stats.mtimeNs} ${stats.ctimeNs}` : '';
}
