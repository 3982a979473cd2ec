import { expect, test } from "vitest";
import { tagsIn, type Told, type TortureLine } from "../torture-line.ts";
import { checkTorture } from "./check-torture.ts";

const nothing = { items: [], claims: [], left: "", count: 0 };

/** A history in which all is well: A writes an item, a pair and a count in s1, which B sees; s2 is taken from B. */
function story(): Told[] {
  const [a, b] = [
    { device: "a", tab: "tab1" },
    { device: "b", tab: "tab1" },
  ];
  const content = { items: ["~a1.s1~"], claims: [], left: "~a2.s1~", count: 1 };
  const sight = { kind: "saw", space: "s1", status: "ok", isComplete: true, right: "" } as const;
  const let_ = (user: string, space: string): Told[] => [
    { kind: "grant", phase: "call", user, space },
    { kind: "grant", phase: "done", user, space },
  ];
  return [
    { kind: "run", seed: 1, spaces: ["s1", "s2"] },
    { kind: "device", device: "a", user: "A" },
    { kind: "device", device: "b", user: "B" },
    ...let_("A", "s1"),
    ...let_("B", "s1"),
    ...let_("A", "s2"),
    ...let_("B", "s2"),
    { kind: "call", ...a, op: "add", space: "s1", tag: "~a1.s1~" },
    { kind: "local", ...a, tag: "~a1.s1~" },
    { ...sight, ...a, ...nothing, items: ["~a1.s1~"] },
    { kind: "outcome", ...a, tag: "~a1.s1~", outcome: "applied", code: "" },
    { kind: "wire", device: "b", tags: ["~a1.s1~"] },
    { ...sight, ...b, ...nothing, items: ["~a1.s1~"] },
    { kind: "call", ...a, op: "pair", space: "s1", tag: "~a2.s1~" },
    { kind: "local", ...a, tag: "~a2.s1~" },
    { kind: "call", ...a, op: "bump", space: "s1", tag: "~a3.s1~" },
    { kind: "local", ...a, tag: "~a3.s1~" },
    { kind: "call", ...a, op: "claim", space: "s1", slot: 1, tag: "~a4.s1~" },
    { kind: "local", ...a, tag: "~a4.s1~" },
    { kind: "outcome", ...a, tag: "~a4.s1~", outcome: "rejected", code: "AppError" },
    { ...sight, ...a, ...content, right: "~a2.s1~" },
    { ...sight, ...b, ...content, right: "~a2.s1~" },
    { kind: "revoke", phase: "call", user: "B", space: "s2" },
    { kind: "revoke", phase: "done", user: "B", space: "s2" },
    { kind: "call", ...a, op: "add", space: "s2", tag: "~a5.s2~" },
    { kind: "local", ...a, tag: "~a5.s2~" },
    { kind: "healed" },
    { kind: "quiet", device: "a", afterMs: 100 },
    { kind: "quiet", device: "b", afterMs: 200 },
    { kind: "server", space: "s1", ...content },
    { kind: "server", space: "s2", ...nothing, items: ["~a5.s2~"] },
    { kind: "final", device: "a", space: "s1", isGranted: true, ...content },
    { kind: "final", device: "b", space: "s1", isGranted: true, ...content },
    { kind: "final", device: "b", space: "s2", isGranted: false, ...nothing },
    { kind: "stored", device: "b", rows: ["~a1.s1~", "~a2.s1~"], calls: [] },
    { kind: "ended", device: "a", waiting: 0, rejected: ["~a4.s1~"] },
    { kind: "ended", device: "b", waiting: 0, rejected: [] },
  ];
}

/** Each line a second after the one before. */
function at(told: readonly Told[]): TortureLine[] {
  return told.map((one, place) => ({ t: place * 1_000, ...one }));
}

function promisesBroken(told: readonly Told[]): string[] {
  return [...new Set(checkTorture(at(told)).map(({ promise }) => promise))].sort();
}

/** The story with one line changed, left out (undefined) or told in place of another. */
function planted(isIt: (told: Told) => boolean, change: (told: Told) => readonly Told[]): Told[] {
  const told = story();
  const place = told.findIndex(isIt);
  expect(place).toBeGreaterThanOrEqual(0);
  return told.flatMap((one, at_) => (at_ === place ? change(one) : [one]));
}

function isKind(kind: Told["kind"], more: Readonly<Record<string, unknown>> = {}): (told: Told) => boolean {
  return (told) =>
    told.kind === kind && Object.entries(more).every(([name, value]) => Reflect.get(told, name) === value);
}

test("[TO2] [TO3] [TO5] a history in which all is well has no anomaly", () => {
  expect(checkTorture(at(story()))).toEqual([]);
});

const plants: readonly (readonly [promise: string, what: string, told: () => Told[]])[] = [
  [
    "C1",
    "the writer's own tab does not show a stored item",
    () => planted(isKind("saw", { device: "a", count: 1 }), (one) => [{ ...one, items: [] } as Told]),
  ],
  [
    "C2",
    "an item that was shown is not shown any longer",
    () => planted(isKind("saw", { device: "b", count: 1 }), (one) => [{ ...one, items: [] } as Told]),
  ],
  [
    "C2",
    "a counter goes back",
    () => planted(isKind("saw", { device: "b", count: 1 }), (one) => [one, { ...one, count: 0 } as Told]),
  ],
  [
    "C3",
    "a left without its right",
    () => planted(isKind("saw", { device: "b", count: 1 }), (one) => [{ ...one, right: "" } as Told]),
  ],
  [
    "C4",
    "a stored item is nowhere",
    () => planted(isKind("server", { space: "s2" }), (one) => [{ ...one, items: [] } as Told]),
  ],
  ["C4", "a stored count is not counted", () => counted(0)],
  ["C5", "an item is there twice", () => twice()],
  ["C5", "a count counts twice", () => counted(2)],
  ["C5", "an item has two outcomes", () => planted(isKind("outcome", { tag: "~a1.s1~" }), (one) => [one, one])],
  [
    "C5",
    "an item that its device refused is there",
    () =>
      planted(isKind("local", { tag: "~a5.s2~" }), () => [
        { kind: "refused", device: "a", tab: "tab1", tag: "~a5.s2~", code: "outbox_full" },
      ]),
  ],
  ["C6", "a rejected claim is there", () => everywhere((content) => ({ ...content, claims: ["~a4.s1~"] }))],
  [
    "C6",
    "a rejected claim is not listed",
    () => planted(isKind("ended", { device: "a" }), (one) => [{ ...one, rejected: [] } as Told]),
  ],
  [
    "C7",
    "a device shows something else than the server",
    () => planted(isKind("final", { device: "b", space: "s1" }), (one) => [{ ...one, count: 7 } as Told]),
  ],
  [
    "C7",
    "something waits in an outbox",
    () => planted(isKind("ended", { device: "b" }), (one) => [{ ...one, waiting: 1 } as Told]),
  ],
  [
    "C7",
    "a device is quiet too late",
    () => planted(isKind("quiet", { device: "b" }), (one) => [{ ...one, afterMs: 10_001 } as Told]),
  ],
  [
    "C8",
    "a device is sent what was written after its space was taken away",
    () => planted(isKind("healed"), (one) => [{ kind: "wire", device: "b", tags: ["~a5.s2~"] }, one]),
  ],
  [
    "C8",
    "a device is sent what nobody has written",
    () => planted(isKind("healed"), (one) => [{ kind: "wire", device: "b", tags: ["~x1.s1~"] }, one]),
  ],
  [
    "C8",
    "a device stores what it was never to have",
    () => planted(isKind("stored"), (one) => [{ ...one, calls: ["~a5.s2~"] } as Told]),
  ],
  [
    "C9",
    "a device shows a space that was taken away",
    () => planted(isKind("final", { space: "s2" }), (one) => [{ ...one, items: ["~a5.s2~"] } as Told]),
  ],
  ["C9", "a device stores a space that was taken away", () => storedAfterRevocation()],
  ["malformed", "a history without an end", () => story().filter(({ kind }) => kind !== "final" && kind !== "server")],
  [
    "malformed",
    "a look at storages that finds nothing",
    () => planted(isKind("stored"), (one) => [{ ...one, rows: [] } as Told]),
  ],
  ["malformed", "a device that did not end", () => story().filter((one) => !isKind("ended", { device: "b" })(one))],
];

/** Changes what everybody has in s1 in the end. */
function everywhere<C extends object>(change: (content: C) => C): Told[] {
  return story().map((one) =>
    (one.kind === "server" || one.kind === "final") && one.space === "s1"
      ? (change(one as unknown as C) as unknown as Told)
      : one,
  );
}

function counted(count: number): Told[] {
  return everywhere((content: object) => ({ ...content, count })).map((one) =>
    one.kind === "saw" ? { ...one, count: Math.min(one.count, count) } : one,
  );
}

function twice(): Told[] {
  return everywhere((content: object) => ({ ...content, items: ["~a1.s1~", "~a1.s1~"] }));
}

/** An item that B could have had, and has kept. */
function storedAfterRevocation(): Told[] {
  const told = story();
  const tag = "~a6.s2~";
  const called = told.findIndex(isKind("revoke", { phase: "call" }));
  told.splice(called, 0, { kind: "call", device: "a", tab: "tab1", op: "add", space: "s2", tag });
  return told.map((one) => {
    if (one.kind === "server" && one.space === "s2") return { ...one, items: [...one.items, tag] };
    return one.kind === "stored" ? { ...one, rows: [...one.rows, tag] } : one;
  });
}

test.each(plants)("[TO5] %s is found: %s", (promise, _what, told) => {
  expect(promisesBroken(told())).toContain(promise);
});

test("[TO6] what somebody called to be removed, and what a restored copy has forgotten, may vanish", () => {
  const gone = (one: Told): Told => ({ ...one, items: [] }) as Told;
  const before: Told = {
    kind: "call",
    device: "a",
    tab: "tab1",
    op: "remove",
    space: "s1",
    item: "~a1.s1~",
    tag: "~a9.s1~",
  };
  const isLate = isKind("saw", { device: "b", count: 1 });
  const removed = planted(isLate, (one) => [before, gone(one)]);
  expect(promisesBroken(removed)).not.toContain("C2");
  const restored = planted(isLate, (one) => [{ kind: "restored", takenAt: 0 }, gone(one)]);
  expect(promisesBroken(restored)).not.toContain("C2");
});

test("[TO6] a restored copy grants again what was granted when it was made", () => {
  const told = planted(isKind("healed"), (one) => [
    { kind: "restored", takenAt: 20_000 },
    { kind: "wire", device: "b", tags: ["~a5.s2~"] },
    one,
  ]);
  expect(promisesBroken(told)).not.toContain("C8");
});

test("[TO3] tags are found in any text", () => {
  expect(tagsIn('{"tag":"~a1.s1~","other":"~b22.p-ba~ ~a1.s1~"}')).toEqual(["~a1.s1~", "~b22.p-ba~"]);
});
