/** The doors to the world. Everything above `base` is given a World and touches nothing else. */

/** Wall clock, durations and timers. */
export interface Clock {
  /** Wall clock, milliseconds since 1970. */
  nowMs(): number;
  /** Never goes back; for durations. */
  monotonicMs(): number;
  /** Runs `task` once after `delayMs`; the returned function cancels it. */
  after(delayMs: number, task: () => void): () => void;
  /** Runs `task` once the event loop has served what is waiting. */
  soon(task: () => void): void;
}

/** Unpredictable bytes, or a seed's. */
export interface Random {
  bytes(count: number): Uint8Array;
}

/** An append-only file. */
export interface AppendFile {
  readonly sizeBytes: number;
  /** Appends all bytes or fails; short writes are continued inside. */
  append(bytes: Uint8Array): Promise<void>;
  /**
   * Writes bytes once more that stand there already, so that the next `sync` brings them to the disk: a system whose sync
   * failed forgets that it has not written them, and says yes to the next one.
   */
  rewrite(offset: number, bytes: Uint8Array): Promise<void>;
  /** Resolves once everything appended is on the disk (fdatasync). A failure is final: never trust a later success. */
  sync(): Promise<void>;
  truncate(sizeBytes: number): Promise<void>;
  close(): Promise<void>;
}

/** Files and folders, by path. */
export interface Disk {
  openAppend(path: string): Promise<AppendFile>;
  /** The whole file, or undefined if there is none. */
  read(path: string): Promise<Uint8Array | undefined>;
  /** A piece of a file; shorter at its end. */
  readAt(path: string, offset: number, length: number): Promise<Uint8Array>;
  /** Replaces a file atomically (temporary file, sync, rename, folder sync). */
  writeAtomic(path: string, bytes: Uint8Array, mode?: number): Promise<void>;
  /** The same before it returns: for what a process has to say with its last breath. */
  writeNow(path: string, bytes: Uint8Array): void;
  makeFolder(path: string, mode?: number): Promise<void>;
  /** Names in a folder, sorted; empty if there is no folder. */
  list(path: string): Promise<readonly string[]>;
  /** Removes a file or a folder with all that is in it. */
  remove(path: string): Promise<void>;
  /** Gives a file or folder another name in the same folder, durably. */
  rename(from: string, to: string): Promise<void>;
  syncFolder(path: string): Promise<void>;
  /** Resolves once all that a file holds now is on the disk, whoever wrote it. */
  syncFile(path: string): Promise<void>;
  /** The room on the disk that holds a folder; undefined where the system does not tell. */
  space(folder: string): Promise<{ readonly freeBytes: number; readonly totalBytes: number } | undefined>;
  stat(
    path: string,
  ): Promise<{ readonly sizeBytes: number; readonly modifiedMs: number; readonly isFolder: boolean } | undefined>;
  /** Takes the folder for this process until released; fails with `folder_locked` naming the holder. */
  lock(folder: string): Promise<{ release(): Promise<void> }>;
}

/** One message socket, whatever is below it. Messages are whole; those that are sent are text. */
export interface Socket {
  readonly remoteAddress: string;
  /** Bytes accepted by `send` that have not left the process. */
  readonly bufferedBytes: number;
  send(text: string | Uint8Array): void;
  close(code: number, reason: string): void;
  /** False: what the other side sends stays with it, but for what has come already; true, as in the beginning: it is read. */
  setReading(isReading: boolean): void;
  /** Bytes: the message was a binary one. */
  onMessage(listener: (message: string | Uint8Array) => void): void;
  onClose(listener: (code: number) => void): void;
  /** Called when `bufferedBytes` has fallen to zero after it was not. */
  onDrain(listener: () => void): void;
}

/** A certificate with its private key, both as PEM. */
export interface TlsCertificate {
  readonly certificate: string;
  readonly privateKey: string;
}

/** What to listen on, and who answers. */
export interface ListenRequest {
  readonly host: string;
  readonly port: number;
  /** What a port that speaks TLS shows of itself; without it the port speaks plain HTTP. */
  readonly tls?: TlsCertificate;
  readonly respond: (request: Request, remoteAddress: string) => Response | Promise<Response>;
  /** Decides on a socket upgrade: a refusal is answered with that status and JSON text. */
  readonly accept: (
    request: Request,
    remoteAddress: string,
  ) =>
    | { readonly kind: "accepted"; readonly onSocket: (socket: Socket) => void }
    | { readonly kind: "refused"; readonly status: number; readonly json: string };
  readonly maxMessageBytes: number;
}

/** An open port. */
export interface Listening {
  readonly port: number;
  /** Shows another certificate from the next connection on; only where there was one before. */
  setTls(tls: TlsCertificate): void;
  /** Stops accepting, closes sockets with the code, resolves when all are gone. */
  close(code: number, reason: string): Promise<void>;
}

/** HTTP and sockets for others to reach this process. */
export interface Network {
  /** Fails with `port_busy` when the port is taken. */
  listen(request: ListenRequest): Promise<Listening>;
}

/** What to run as a process of its own. */
export interface SpawnRequest {
  /** A JavaScript file run by this Node. */
  readonly entry: string;
  readonly args: readonly string[];
  readonly nodeOptions: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** A child process with one ordered pipe each way; messages are lines of text. */
export interface ChildProcess {
  readonly pid: number;
  send(line: string): void;
  onLine(listener: (line: string) => void): void;
  /** Bytes given to `send` that the pipe has not taken. */
  readonly bufferedBytes: number;
  /** What the process printed, line by line. */
  onOutput(listener: (line: string, stream: "stdout" | "stderr") => void): void;
  onExit(listener: (how: { readonly code: number | null; readonly signal: string | null }) => void): void;
  kill(): void;
  /** Resident memory in bytes, or undefined once it has ended. */
  residentBytes(): number | undefined;
}

/** Processes that this one starts. */
export interface Processes {
  spawn(request: SpawnRequest): ChildProcess;
}

/** The server's own log; never throws. */
export interface Logger {
  debug(message: string, fields?: Readonly<Record<string, unknown>>): void;
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

/** All doors to the machine, or to a test's make-believe. */
export interface World {
  readonly clock: Clock;
  readonly random: Random;
  readonly disk: Disk;
  readonly network: Network;
  readonly processes: Processes;
  readonly log: Logger;
  /** Ends this process at once; called when memory is ahead of the disk (a failed sync). */
  readonly die: (reason: string) => never;
}
