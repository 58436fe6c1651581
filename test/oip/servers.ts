/** Model servers of others, each in a Python environment of its own. */
import { spawn, type ChildProcess } from 'node:child_process';
import { openSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { packageRoot } from '../../shared/protocol/package-root.ts';
import { pythonEnvironment } from '../support/python-tools.ts';

export interface ModelServer {
  readonly name: string;
  /** HOST:PORT. */
  readonly address: string;
  stop(): Promise<void>;
}

/** Models to serve, by name: ONNX files. */
export type ServedModels = Readonly<Record<string, string>>;

export type StartServer = (port: number) => ModelServer;

/** The first time it installs the server; that it is ready is for its clients to find out. */
export function modelServer(
  name: 'triton' | 'mlserver',
  work: string,
  models: ServedModels,
): StartServer {
  const scripts = join(packageRoot(), 'test', 'oip');
  const python = pythonEnvironment(join(work, name), join(scripts, `requirements-${name}.txt`));
  const named = Object.entries(models).flatMap(([model, file]) => ['--model', `${model}=${file}`]);
  return (port) => {
    const log = openSync(join(work, `${name}.log`), 'a');
    const args = [join(scripts, `serve_${name}.py`), '--port', String(port), ...named];
    const server = spawn(python, args, { stdio: ['ignore', log, log] });
    return { name, address: `127.0.0.1:${port}`, stop: () => stopped(server) };
  };
}

function stopped(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    server.once('exit', () => resolve());
    server.kill('SIGTERM');
  });
}

/** The first of some ports in a row that nobody has. */
export async function freePorts(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
