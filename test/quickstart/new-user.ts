/** Somebody with node and npm and an empty folder, who types what the README says. */
import { spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { globSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';

export interface Quickstart {
  /** Typed until there was a picture. */
  readonly commands: number;
  readonly seconds: number;
  readonly picture: boolean;
}

export interface Findings {
  /** Production packages besides isochron. */
  readonly packages: number;
  /** Of these; one version in two places is one. */
  readonly different: number;
  /** Those that `npm sbom` lists. */
  readonly listed: number;
  /** What `npm audit` says of them, or that the registry answers none. */
  readonly audit: string;
}

/** Ends with this where the Node is too old. */
const USAGE_CODE = 2;
const carrier = /^node-(linux|darwin|win)-/;

export class NewUser {
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  readonly #tarball: string;

  /** @param node 'own' is the machine's, 'locked' the one that runs this, else a folder of one */
  constructor(folder: string, node: string, tarball: string) {
    this.folder = folder;
    this.#tarball = tarball;
    // What `npm run` adds to the environment would help: tools on the PATH, and our .npmrc.
    const own = Object.entries(process.env).filter(([name]) => !/^(npm_|ISOCHRON_)/i.test(name));
    const path = (process.env['PATH'] ?? '').split(':');
    const plain = path.filter((entry) => !entry.includes(`${sep}node_modules${sep}`));
    const first = { own: [], locked: [dirname(process.execPath)] }[node] ?? [node];
    this.env = { ...Object.fromEntries(own), PATH: [...first, ...plain].join(':') };
  }

  nodeVersion(): string {
    return this.#type('node --version').stdout.trim();
  }

  /** The commands one after the other; on an old Node also those that bring another one. */
  quickstart(commands: readonly string[], olderNode: readonly string[]): Quickstart {
    const started = performance.now();
    let typed = 0;
    for (const command of commands) {
      typed += 1;
      const { status, stderr, stdout } = this.#type(command);
      if (status === 0) continue;
      if (status !== USAGE_CODE || !this.#isTold(stderr))
        throw new Error(`${command} ended with ${status}\n${stdout}${stderr}`);
      for (const next of [...olderNode, command]) {
        typed += 1;
        this.must(next);
      }
    }
    const seconds = (performance.now() - started) / 1000;
    const pictures = globSync('isochron-out/**/*.png', { cwd: this.folder });
    return { commands: typed, seconds, picture: pictures.length > 0 };
  }

  /** One sentence that says what to do, and nothing of npm's or Node's own. */
  #isTold(stderr: string): boolean {
    const lines = stderr.split('\n').filter((line) => line !== '' && !line.startsWith('npm warn'));
    return lines.length === 1 && /^isochron: found Node .*npm install/.test(lines[0] ?? '');
  }

  findings(): Findings {
    const long = this.must('npm ls --omit=dev --all --parseable --long')
      .trim()
      .split('\n')
      .slice(1);
    // path:name@version
    const names = long.map((line) => line.slice(line.lastIndexOf(':') + 1));
    const ours = names.filter((name) => !name.startsWith('isochron@') && !carrier.test(name));
    // npm makes no list of a folder without a version
    this.must('npm pkg set name=user version=1.0.0 type=module');
    const bom = JSON.parse(this.must('npm sbom --omit=dev --sbom-format=cyclonedx')) as {
      components: { name: string }[];
    };
    const listed = bom.components.filter(({ name }) => name !== 'isochron' && !carrier.test(name));
    const different = new Set(ours).size;
    return { packages: ours.length, different, listed: listed.length, audit: this.#audit() };
  }

  #audit(): string {
    const { status, stderr, stdout } = this.#type('npm audit --omit=dev');
    if (status === 0) return 'clean';
    if (/audit endpoint returned an error/.test(stderr)) return 'this registry answers none';
    throw new Error(`npm audit found something\n${stdout}${stderr}`);
  }

  /** What it printed; it has to work. */
  must(command: string): string {
    const { status, stdout, stderr } = this.#type(command);
    if (status === 0) return stdout;
    throw new Error(`${command} ended with ${status}\n${stdout}${stderr}`);
  }

  /** As typed, but for the package, which no registry has yet. */
  #type(command: string): SpawnSyncReturns<string> {
    const real = command.replace(/^(npm install .*)\bisochron$/, `$1${this.#tarball}`);
    process.stderr.write(`$ ${command}\n`);
    const options = { cwd: this.folder, env: this.env, encoding: 'utf8', shell: true } as const;
    return spawnSync(real, { ...options, maxBuffer: 64 * 1024 * 1024 });
  }

  /** A file of the installed package. */
  installed(...path: readonly string[]): string {
    return join(this.folder, 'node_modules', 'isochron', ...path);
  }
}
