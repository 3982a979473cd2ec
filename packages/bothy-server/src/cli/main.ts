import { Command, CommanderError, Option } from "commander";
import { BothyError } from "bothy/internal";
import { codegen } from "./codegen.ts";
import { dev } from "./dev.ts";
import { importFile } from "./import.ts";
import { createOutput, reportError } from "./output.ts";
import type { Output } from "./output.ts";
import { runFunction } from "./run.ts";
import { start } from "./start.ts";
import { version } from "./version.ts";

/** Where the app and its data are; every command takes these. */
export interface Target {
  readonly projectDir: string;
  readonly folder?: string;
}

const usageExitCode = 2;

function build(): Command {
  const program = new Command("bothy")
    .description("The local-first backend that starts with one command.")
    .version(version)
    .option("--json", "print results and errors as JSON")
    .showHelpAfterError("(add --help for the options)")
    .showSuggestionAfterError()
    .exitOverride();

  serverOptions(program.command("start"))
    .description("start the server for an app and serve its built front end")
    .addOption(new Option("--seed <script>", "module that fills an empty database on the first start"))
    .action((options) => start(options, outputOf(program)));

  serverOptions(program.command("dev"))
    .description("start the server, generate code and reload functions on every save")
    .addOption(new Option("--start <command>", "command of the front end to run beside it"))
    .addOption(new Option("--seed <script>", "module that fills an empty database on the first start"))
    .action((options) => dev(options, outputOf(program)));

  targetOptions(program.command("run"))
    .description("run a function of the app, internal ones too, and print what it returns")
    .argument("<function>", 'name such as "shared/reports:list"')
    .argument("[args]", "arguments as JSON", "{}")
    .action((name, args, options) => runFunction(name, args, options, outputOf(program)));

  targetOptions(program.command("import"))
    .description("insert the rows of a CSV, JSON or JSON lines file into a table")
    .argument("<file>", 'path, or "-" for standard input')
    .requiredOption("--table <name>", "table to insert into")
    .addOption(new Option("--format <format>", "format, if the name does not tell").choices(["csv", "json", "jsonl"]))
    .action((file, options) => importFile(file, options, outputOf(program)));

  targetOptions(program.command("codegen"))
    .description("write bothy/_generated from schema and functions")
    .action((options) => codegen(options, outputOf(program)));
  return program;
}

function targetOptions(command: Command): Command {
  return command
    .exitOverride()
    .addOption(new Option("--project-dir <folder>", "folder of the app").default("."))
    .addOption(new Option("--folder <folder>", "data folder (default: .bothy in the app's folder)").env("BOTHY_FOLDER"));
}

function serverOptions(command: Command): Command {
  return targetOptions(command)
    .addOption(new Option("--host <address>", "address to listen on").default("127.0.0.1").env("BOTHY_HOST"))
    .addOption(new Option("--port <number>", "port to listen on").default(3210).env("BOTHY_PORT").argParser(parsePort))
    .addOption(new Option("--processes <number>", "function processes").default(2).argParser(parseProcesses))
    .addOption(new Option("--allow-origin <origin...>", "other origins whose pages may connect").default([]));
}

function parsePort(text: string): number {
  return parseWhole(text, { name: "--port", from: 0, to: 65_535 });
}

function parseProcesses(text: string): number {
  return parseWhole(text, { name: "--processes", from: 1, to: 64 });
}

function parseWhole(text: string, range: { readonly name: string; readonly from: number; readonly to: number }): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= range.from && number <= range.to) return number;
  throw new BothyError("usage_invalid", {
    message: `${range.name} takes a whole number from ${range.from} to ${range.to}, not "${text}".`,
    fix: `Call it again with such a number.`,
  });
}

function outputOf(program: Command): Output {
  return createOutput(program.opts<{ json?: boolean }>().json === true);
}

const program = build();
try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : usageExitCode;
  else process.exitCode = reportError(error, program.opts<{ json?: boolean }>().json === true);
}
