/**
 * Folders as a node mounts them into a pod of the chart: volumes and Secrets belong to root, the
 * pod's user gets in as a member of `fsGroup`. Only root can make such ones; for others they are
 * folders of their own, and the modes are not tested.
 */
import { chmodSync, chownSync, cpSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Of `podSecurityContext`: user, group and fsGroup. */
const POD = 1000;

export const isRoot = process.getuid?.() === 0;

/** What a process of the pod runs as. */
export const podUser = isRoot ? { uid: POD, gid: POD } : {};

/** An empty volume, as `fsGroup` opens it. */
export function mountVolume(folder: string): string {
  mkdirSync(folder);
  give(folder, 0o2775);
  return folder;
}

/** The files of a Secret with `defaultMode: 0440`. */
export function mountSecret(from: string, folder: string): string {
  cpSync(from, folder, { recursive: true });
  give(folder, 0o2775);
  for (const name of readdirSync(folder)) give(join(folder, name), isRoot ? 0o440 : 0o400);
  return folder;
}

function give(path: string, mode: number): void {
  if (isRoot) chownSync(path, 0, POD);
  chmodSync(path, mode);
}
