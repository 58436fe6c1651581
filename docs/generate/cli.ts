/** docs/CLI.md: what `--help` of every command prints. */
import type { Command } from 'commander';
import { createProgram } from '../../cli/program.ts';
import { generatedNotice, page } from './markdown.ts';

const HELP_COLUMNS = 100;

const about = `# Command line

What \`isochron COMMAND --help\` prints, in the order of \`isochron --help\`. In a checkout the
commands are run by \`npm run --silent isochron -- COMMAND\`. Exit codes: 0 done; 2 bad usage
or bad input; 3 the job failed; 4 no coordinator could be reached; 5 a check did not hold.`;

export function cliPage(): string {
  const silent = { out: () => undefined, err: () => undefined, interactive: false, colour: false };
  const terminal = { ...silent, width: () => HELP_COLUMNS };
  const program = createProgram({ terminal, exit: () => undefined });
  return page([generatedNotice, about, ...sections(program, [])]);
}

function sections(command: Command, above: readonly string[]): string[] {
  command.configureHelp({ helpWidth: HELP_COLUMNS });
  const path = [...above, command.name()];
  const help = command.helpInformation().trimEnd();
  const own = `## ${path.join(' ')}\n\n\`\`\`text\n${help}\n\`\`\``;
  return [own, ...command.commands.flatMap((sub) => sections(sub, path))];
}
