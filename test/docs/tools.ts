/** Programs and Python modules that a block needs and this machine may lack. */
import { spawnSync } from 'node:child_process';

/** The first that is not there: the name of a program, or `python:NAME` for a module. */
export function missingTool(tools: readonly string[]): string | undefined {
  return tools.find((tool) => {
    const [, module] = /^python:(\w+)$/.exec(tool) ?? [];
    const found =
      module === undefined
        ? spawnSync('sh', ['-c', `command -v ${tool}`])
        : spawnSync('python3', ['-c', `import ${module}`]);
    return found.status !== 0;
  });
}
