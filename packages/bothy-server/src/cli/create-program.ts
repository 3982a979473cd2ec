import { Command, Option } from "commander";
import type { Output } from "./output.ts";
import { parseWhole } from "./parse-whole.ts";
import { version } from "./version.ts";

/**
 * The commands with their options; what each does is told where it stands. Throws instead of ending the process. A
 * command is loaded when it is called: `--help` answers without the server.
 */
export function createProgram(output: Output): Command {
  const program = new Command("bothy")
    .description("The local-first backend that starts with one command.")
    .version(version)
    .option("--json", "print results and errors as JSON")
    .option("--no-color", "write without color, as with NO_COLOR")
    .showSuggestionAfterError()
    // What commander would write about a mistake is written by `main`, in our form.
    .configureOutput({ outputError: () => undefined, ...(output.isJson ? { writeErr: () => undefined } : {}) })
    .exitOverride();

  serverOptions(program.command("start"))
    .description("start the server for an app and serve its built front end")
    .addOption(new Option("--seed <script>", "module that fills an empty database on the first start"))
    .addOption(
      new Option("--force", "take an app that devices can't follow, or that would not take what they have queued"),
    )
    .addOption(
      new Option(
        "--lan [address]",
        "serve phones of the same network too, over https, on all private addresses or one",
      ),
    )
    .addOption(
      new Option("--https-port <number>", "port of --lan for https (default: the one after --port)")
        .env("BOTHY_HTTPS_PORT")
        .argParser(parsePort),
    )
    .action(async (options) => (await import("./start.ts")).start(options, output));

  serverOptions(program.command("dev"))
    .description("start the server, generate code and reload functions on every save")
    .addOption(new Option("--start <command>", "command of the front end to run beside it"))
    .addOption(new Option("--seed <script>", "module that fills an empty database on the first start"))
    .action(async (options) => (await import("./dev.ts")).dev(options, output));

  targetOptions(program.command("run"))
    .description("run a function of the app, internal ones too, and print what it returns")
    .argument("<function>", 'name such as "shared/reports:list"')
    .argument("[args]", "arguments as JSON", "{}")
    .action(async (name, args, options) => (await import("./run.ts")).runFunction(name, args, options, output));

  targetOptions(program.command("import"))
    .description("import a CSV, JSON or JSON lines file into a table, or an archive of export")
    .argument("[file]", 'path, or "-" for standard input')
    .addOption(new Option("--table <name...>", "table to import into; of an archive, those to take"))
    .addOption(new Option("--format <format>", "format, if the name does not tell").choices(["csv", "json", "jsonl"]))
    .addOption(new Option("--append", "add to what is there (default)"))
    .addOption(new Option("--replace", "put the rows in place of the tables' documents"))
    .addOption(new Option("--replace-all", "the same, and empty every table that the file does not have"))
    .addOption(new Option("--yes", "replace without asking"))
    .addOption(new Option("--resume", "finish an import of this file that was interrupted"))
    .addOption(new Option("--undo", "take back an import that was interrupted"))
    .action(async (file, options) => (await import("./import.ts")).importFile(file, options, output));

  targetOptions(program.command("export"))
    .description("write all tables into a ZIP file, or one as CSV, JSON or JSON lines, as of one version")
    .argument("[file]", 'path, or "-" for standard output')
    .addOption(new Option("--table <name...>", "only these tables"))
    .addOption(new Option("--format <format>", "of a single table").choices(["csv", "json", "jsonl"]))
    .action(async (file, options) => (await import("./export.ts")).exportTo(file, options, output));

  targetOptions(program.command("devices"))
    .description("list which devices were in contact, what their apps are and what waits on them")
    .action(async (options) => (await import("./devices.ts")).listDevices(options, output));

  targetOptions(program.command("doctor"))
    .description("verify log and store of the data folder, also while a server runs")
    .option("--repair", "set a damaged store aside and make it from the log again; no server may run", false)
    .action(async (options) => {
      process.exitCode = await (await import("./doctor.ts")).doctor(options, output);
    });

  targetOptions(program.command("backup"))
    .description("copy what is new in a server's log into a folder or s3://bucket/prefix, while it runs")
    .argument("<target>", "folder, or s3://bucket/prefix (endpoint and credentials: AWS_* variables)")
    .addOption(new Option("--follow", "go on shipping, within a second, until Ctrl-C"))
    .action(async (target, options) => (await import("./backup.ts")).backup(target, options, output));

  program
    .command("restore")
    .description("make a new data folder from a backup, verified before it appears")
    .argument("<source>", "folder, or s3://bucket/prefix")
    .addOption(new Option("--folder <folder>", "the new data folder"))
    .addOption(new Option("--up-to <version>", "restore the versions up to this one").argParser(parseVersion))
    .addOption(new Option("--list", "tell what the backup holds, and change nothing"))
    .action(async (source, options) => (await import("./restore.ts")).restore(source, options, output));

  targetOptions(program.command("codegen"))
    .description("write bothy/_generated from schema and functions")
    .action(async (options) => (await import("./codegen.ts")).codegen(options, output));
  return program;
}

function targetOptions(command: Command): Command {
  return command
    .addOption(new Option("--project-dir <folder>", "folder of the app").default("."))
    .addOption(
      new Option("--folder <folder>", "data folder (default: .bothy in the app's folder)").env("BOTHY_FOLDER"),
    );
}

function serverOptions(command: Command): Command {
  return targetOptions(command)
    .addOption(new Option("--host <address>", "address to listen on").default("127.0.0.1").env("BOTHY_HOST"))
    .addOption(new Option("--port <number>", "port to listen on").default(3210).env("BOTHY_PORT").argParser(parsePort))
    .addOption(new Option("--processes <number>", "function processes").default(2).argParser(parseProcesses))
    .addOption(
      new Option("--hot-memory <mebibytes>", "memory for rows at hand in all function processes together")
        .default(256)
        .env("BOTHY_HOT_MEMORY")
        .argParser(parseHotMemory),
    )
    .addOption(
      new Option("--log-level <level>", "least level of the server's log that is written")
        .choices(["debug", "info", "warn", "error"] as const)
        .default("info" as const)
        .env("BOTHY_LOG_LEVEL"),
    )
    .addOption(
      new Option("--log-format <format>", "form of the server's log (default: text on a terminal, else json)")
        .choices(["json", "text"] as const)
        .env("BOTHY_LOG_FORMAT"),
    )
    .addOption(
      new Option("--metrics <who>", "who may read /api/metrics: holders of the admin key, or this machine without it")
        .choices(["key", "loopback"] as const)
        .default("key" as const)
        .env("BOTHY_METRICS"),
    )
    .addOption(
      new Option("--support-days <days>", "how long devices of a schema are served once another has taken its place")
        .default(90)
        .env("BOTHY_SUPPORT_DAYS")
        .argParser(parseSupportDays),
    )
    .addOption(
      new Option(
        "--allow-origin <origin...>",
        "other origins whose pages may connect, and the one under which a proxy serves the app",
      ).default([]),
    );
}

function parseVersion(text: string): number {
  return parseWhole(text, { name: "--up-to", from: 1, to: Number.MAX_SAFE_INTEGER });
}

function parsePort(text: string): number {
  return parseWhole(text, { name: "The port", from: 0, to: 65_535 });
}

function parseHotMemory(text: string): number {
  return parseWhole(text, { name: "--hot-memory", from: 0, to: 65_536 });
}

function parseSupportDays(text: string): number {
  return parseWhole(text, { name: "--support-days", from: 0, to: 36_500 });
}

function parseProcesses(text: string): number {
  return parseWhole(text, { name: "--processes", from: 1, to: 64 });
}
