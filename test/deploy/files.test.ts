/** Dockerfiles, units and scripts under deploy/, as far as no engine is needed to check them. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../shared/protocol/package-root.ts';
import { isBelow } from './node-version.ts';
import { deployFolder, readDeployed } from './chart.ts';

const units = ['isochron-coordinator.service', 'isochron-worker@.service'];

/** Lines that end in a backslash go on. */
function instructions(file: string): string[] {
  const lines = readDeployed(`docker/${file}`)
    .replace(/^#.*\n/gm, '')
    .replace(/\\\n/g, ' ');
  return lines.split('\n').filter((line) => line.trim() !== '');
}

function has(program: string): boolean {
  return spawnSync('which', [program]).status === 0;
}

describe.each(['Dockerfile', 'Dockerfile.cuda'])('%s', (file) => {
  const all = instructions(file);
  const of = (name: string): string[] => all.filter((line) => line.startsWith(`${name} `));

  it('starts from pinned tags, or from stages of its own', () => {
    const stages = all.flatMap((line) => / AS (\w+)$/.exec(line)?.[1] ?? []);
    const images = of('FROM').map((line) => line.split(' ')[1] ?? '');
    for (const image of images) {
      expect(stages.includes(image) || /^[\w/.-]+:\d+\.\d+\.\d+[\w.-]*$/.test(image)).toBe(true);
    }
    const copied = of('COPY').flatMap((line) => /--from=(\w+)/.exec(line)?.[1] ?? []);
    expect(copied.filter((stage) => !stages.includes(stage))).toEqual([]);
  });

  it('copies of its context the packed package alone', () => {
    const { name } = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as {
      name: string;
    };
    const sources = of('COPY').filter((line) => !line.includes('--from='));
    expect(sources).toEqual([`COPY ${name}-*.tgz /tmp/`]);
  });

  it('ends as a user that is not root, behind tini, and says how healthy it is', () => {
    expect(of('USER')).toEqual(['USER 1000:1000']);
    expect(of('ENTRYPOINT')).toEqual(['ENTRYPOINT ["/usr/bin/tini", "--", "isochron"]']);
    expect(of('HEALTHCHECK')).toHaveLength(1);
    const last = all.findLastIndex((line) => line.startsWith('FROM '));
    expect(all.findIndex((line) => line.startsWith('USER '))).toBeGreaterThan(last);
  });

  it('has a Node that may listen beyond loopback', () => {
    const version = /node:(\d+\.\d+\.\d+)/.exec(all.join('\n'))?.[1] ?? '';
    expect(isBelow(version, '24.18.1')).toBe(false);
    expect(isBelow('24.9.9', '24.18.1')).toBe(true);
  });
});

describe('systemd', () => {
  it.each(units)('%s keeps its program up and small in rights', (unit) => {
    const lines = readDeployed(`systemd/${unit}`).split('\n');
    for (const line of [
      'Restart=always',
      'NoNewPrivileges=yes',
      'ProtectSystem=strict',
      'CapabilityBoundingSet=',
      'UMask=0077',
    ]) {
      expect(lines).toContain(line);
    }
    expect(lines.find((line) => line.startsWith('MemoryDenyWriteExecute'))).toBeUndefined();
  });

  it('gives a worker more time than its drain takes', () => {
    const seconds = /^TimeoutStopSec=(\d+)s$/m.exec(readDeployed(`systemd/${units[1]}`))?.[1];
    expect(Number(seconds)).toBeGreaterThan(60);
  });
});

describe('Slurm', () => {
  const script = join(deployFolder, 'slurm', 'isochron.sbatch');

  it('gets a script that bash can read', () => {
    expect(spawnSync('bash', ['-n', script], { encoding: 'utf8' }).stderr).toBe('');
  });

  it.skipIf(!has('shellcheck'))('gets a script without findings', () => {
    expect(spawnSync('shellcheck', [script], { encoding: 'utf8' }).stdout).toBe('');
  });
});
