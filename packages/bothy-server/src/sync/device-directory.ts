import type { Session } from "./session.ts";

/** The connected devices: one socket each (SY4). */
export class DeviceDirectory {
  readonly #entryById = new Map<string, { readonly fence: number; readonly session: Session }>();
  readonly #turnById = new Map<string, Promise<void>>();

  get size(): number {
    return this.#entryById.size;
  }

  find(deviceId: string): { readonly fence: number; readonly session: Session } | undefined {
    return this.#entryById.get(deviceId);
  }

  sessions(): readonly Session[] {
    return Array.from(this.#entryById.values(), ({ session }) => session);
  }

  add(fence: number, session: Session): void {
    this.#entryById.set(session.device.id, { fence, session });
  }

  /** The next hello of the device waits until its mutation under way has ended: it changes the record. */
  remove(session: Session, ended: Promise<void>): void {
    const { id } = session.device;
    if (this.#entryById.get(id)?.session === session) this.#entryById.delete(id);
    void this.inTurn(id, () => ended);
  }

  /** Runs tasks about one device one after the other, so that two hellos can't both find it absent. */
  async inTurn(deviceId: string, task: () => Promise<void>): Promise<void> {
    const earlier = this.#turnById.get(deviceId);
    const turn = (async () => {
      await earlier;
      await task();
    })();
    // What becomes of a failure is for its own caller to say; those who come later only wait for the end.
    const ended = turn.catch(() => undefined);
    this.#turnById.set(deviceId, ended);
    try {
      await turn;
    } finally {
      if (this.#turnById.get(deviceId) === ended) this.#turnById.delete(deviceId);
    }
  }
}
