import { isBothyError, limits as valueLimits, parseClientMessage, unreachable, utf8Length } from "bothy/internal";
import type { BothyError, ClientMessage, Hello, QueuedCalls } from "bothy/internal";
import type { Socket } from "../base/index.ts";
import type { DeviceDirectory } from "./device-directory.ts";
import { acceptHello, judgeHello } from "./greet.ts";
import type { GreetingParts } from "./greet.ts";
import { startHeartbeat } from "./heartbeat.ts";
import type { Heartbeat } from "./heartbeat.ts";
import type { AddressBook } from "./address-book.ts";
import { Intake } from "./intake.ts";
import type { UnansweredBytes } from "./intake.ts";
import { Outlet } from "./outlet.ts";
import {
  binaryMessage,
  clientSilent,
  deviceReplaced,
  frameTooLarge,
  helloMissing,
  internalFault,
  tooManyDevices,
  tooMuchToStore,
  unexpectedMessage,
} from "./refusals.ts";
import { Session } from "./session.ts";
import type { SessionParts } from "./session.ts";

export interface ConnectionParts extends SessionParts, GreetingParts {
  readonly directory: DeviceDirectory;
  readonly unanswered: UnansweredBytes;
  readonly addresses: AddressBook;
  /** Told once, when the socket has ended. */
  readonly onEnd: (connection: Connection) => void;
}

type State =
  | { readonly kind: "silent" }
  | { readonly kind: "greeting"; readonly early: Early[] }
  | { readonly kind: "open"; readonly session: Session; readonly hello: Hello }
  /** Its app is newer than the deployment's: the socket stays open, and ends when another schema comes into force. */
  | { readonly kind: "waiting" }
  | { readonly kind: "ended" };

/** A message with the size of its frame. */
interface Early {
  readonly message: ClientMessage;
  readonly sizeBytes: number;
}

/** One socket from its opening to its end: reads messages, greets, and hands on to the session (SY1 to SY5). */
export class Connection {
  readonly #parts: ConnectionParts;
  readonly #outlet: Outlet;
  readonly #intake: Intake;
  readonly #remoteAddress: string;
  readonly #heartbeat: Heartbeat;
  readonly #cancelHelloLimit: () => void;
  #state: State = { kind: "silent" };

  constructor(parts: ConnectionParts, socket: Socket) {
    const { limits } = parts;
    const { clock } = parts.world;
    this.#parts = parts;
    this.#remoteAddress = socket.remoteAddress;
    this.#outlet = new Outlet(socket, { clock, limits, figures: parts.figures });
    this.#intake = new Intake(socket, { clock, limits, unanswered: parts.unanswered });
    this.#heartbeat = startHeartbeat(
      { clock, limits },
      {
        isHeard: () => this.#intake.isReading,
        ping: () => {
          // Who has not read what is there already is watched by the outlet.
          if (!this.#outlet.isFull) this.#outlet.sendMessage({ type: "ping" });
        },
        onSilent: () => this.end(clientSilent(limits.silenceMs)),
      },
    );
    this.#cancelHelloLimit = clock.after(limits.helloMs, () => {
      if (this.#state.kind === "silent") this.end(helloMissing(limits.helloMs));
    });
    socket.onMessage((message) => this.#receive(message));
    socket.onClose(() => this.#close());
  }

  /** Ends the socket with a reason. */
  end(error: BothyError): void {
    this.#outlet.end(error);
    this.#close();
  }

  #close(): void {
    const state = this.#state;
    if (state.kind === "ended") return;
    this.#state = { kind: "ended" };
    this.#heartbeat.stop();
    this.#intake.close();
    this.#cancelHelloLimit();
    if (state.kind === "open") {
      const { hello, session } = state;
      // It was in contact until now, and what it had queued has been sent since, or a part of it.
      this.#note(hello, leftOf(hello, session.appliedN));
      this.#parts.directory.remove(state.session, state.session.close());
    }
    this.#parts.addresses.close(this.#remoteAddress);
    this.#parts.onEnd(this);
  }

  #receive(text: string | Uint8Array): void {
    if (this.#state.kind === "ended") return;
    this.#heartbeat.heard();
    this.#intake.heard();
    try {
      if (typeof text !== "string") throw binaryMessage();
      if (isLonger(text, valueLimits.frameSizeBytes)) throw frameTooLarge(valueLimits.frameSizeBytes);
      this.#take(parseClientMessage(text), text.length);
    } catch (error) {
      this.end(isBothyError(error) && error.code !== "internal" ? error : internalFault(this.#parts.world, error));
    }
  }

  #take(message: ClientMessage, sizeBytes: number): void {
    const state = this.#state;
    switch (state.kind) {
      case "silent":
        if (message.type !== "hello") throw unexpectedMessage(message.type);
        this.#state = { kind: "greeting", early: [] };
        void this.#greet(message);
        return;
      case "greeting":
        if (message.type === "pong") return;
        if (message.type === "hello" || state.early.length >= this.#parts.limits.earlyMessagesMax) {
          throw unexpectedMessage(message.type);
        }
        state.early.push({ message, sizeBytes });
        this.#intake.took(sizeBytes);
        return;
      case "open":
        return this.#handOn(state.session, message, sizeBytes);
      case "waiting":
        if (message.type === "hello") throw unexpectedMessage(message.type);
        return;
      case "ended":
        return;
      default:
        return unreachable(state);
    }
  }

  #handOn(session: Session, message: ClientMessage, sizeBytes: number): void {
    switch (message.type) {
      case "push":
        return session.push(message, sizeBytes);
      case "subscribe":
        return session.subscribe(message);
      case "unsubscribe":
        return session.unsubscribe(message.query);
      case "hold":
        return session.hold(message);
      case "release":
        return session.release(message.hold);
      case "verify":
      case "repair":
      case "stopped":
        return session.ask(message, sizeBytes);
      case "pong":
        return;
      case "hello":
        throw unexpectedMessage(message.type);
      default:
        return unreachable(message);
    }
  }

  async #greet(hello: Hello): Promise<void> {
    try {
      await this.#parts.directory.inTurn(hello.device.id, () => this.#greetInTurn(hello));
    } catch (error) {
      this.end(isBothyError(error) && error.code !== "internal" ? error : internalFault(this.#parts.world, error));
    }
  }

  async #greetInTurn(hello: Hello): Promise<void> {
    const { directory } = this.#parts;
    const { log } = this.#parts.world;
    const plan = await judgeHello(this.#parts, hello);
    if (!this.#isGreeting()) return;
    if (plan.kind === "refuse") {
      this.#parts.figures.refusals.add(plan.error.code);
      log.debug("A device was refused.", { device: shortIdOf(hello), code: plan.error.code });
      if (plan.isKnownDevice) this.#note(hello, hello.queued);
      return this.end(plan.error);
    }
    // Only now is it known that this socket speaks for the device.
    const older = directory.find(hello.device.id);
    if (older) {
      if (hello.device.fence < older.fence) return this.end(deviceReplaced());
      older.session.end(deviceReplaced());
      await older.session.close();
    }
    if (plan.isNewDevice) this.#admitDevice();
    const { device, welcome } = await acceptHello(this.#parts, hello, plan);
    const state = this.#state;
    if (state.kind !== "greeting") return;
    this.#outlet.sendMessage(welcome);
    this.#parts.figures.welcomes++;
    log.debug("A device was welcomed.", { device: shortIdOf(hello), isKnown: !plan.isNewDevice });
    this.#note(hello, hello.queued);
    if (plan.schema.kind === "ahead") {
      this.#state = { kind: "waiting" };
      return;
    }
    const session = new Session(this.#parts, device, { outlet: this.#outlet, intake: this.#intake });
    directory.add(hello.device.fence, session);
    this.#state = { kind: "open", session, hello };
    for (const { message, sizeBytes } of state.early) {
      if (!this.#isOpen()) return;
      this.#handOn(session, message, sizeBytes);
      this.#intake.answered(sizeBytes);
    }
  }

  #note({ device, schema }: Hello, queued: QueuedCalls | undefined): void {
    this.#parts.skew.note(device.id, { schema, queued: queued ?? nothingQueued });
  }

  /** What is new here is written: that waits while the engine has too much to store, and is not without bound. */
  #admitDevice(): void {
    const { engine, addresses } = this.#parts;
    if (engine.isOverloaded) throw tooMuchToStore();
    if (!addresses.admitDevice(this.#remoteAddress)) throw tooManyDevices();
  }

  #isOpen(): boolean {
    return this.#state.kind === "open";
  }

  #isGreeting(): boolean {
    return this.#state.kind === "greeting";
  }
}

function isLonger(text: string, sizeMax: number): boolean {
  // No character has more than three bytes for each unit of its length.
  return 3 * text.length > sizeMax && utf8Length(text) > sizeMax;
}

const nothingQueued: QueuedCalls = { count: 0, calls: [] };

/** What is left of what a device had queued at its hello, once its mutations have been applied up to a number. */
function leftOf({ acked, queued = nothingQueued }: Hello, appliedN: number): QueuedCalls {
  const count = Math.max(0, acked + queued.count - appliedN);
  return count === 0 ? nothingQueued : { ...queued, count };
}

/** Enough of a device's id to follow it through a log. */
function shortIdOf({ device }: Hello): string {
  return device.id.slice(0, 8);
}
