import { expect, test } from "vitest";
import { bytesOfHex, deriveId, fieldDigests, stringifyValue } from "bothy/internal";
import type { Document, Json, PushedMutation } from "bothy/internal";
import { connectDevice, mutation, openTestDeployment, settle, until } from "./test-deployment.ts";
import type { TestClient, TestDeployment, TestDevice } from "./test-deployment.ts";
import type { TestFunction } from "./test-functions.ts";
import { noteFunctions, roomOf } from "./test-notes.ts";

interface Warned {
  readonly text: string;
  readonly fields: object | undefined;
}

interface Stage {
  readonly deployment: TestDeployment;
  readonly client: TestClient;
  readonly device: TestDevice;
  readonly warned: readonly Warned[];
  push(pushed: PushedMutation): Promise<void>;
}

async function openStage(functions: Readonly<Record<string, TestFunction>> = {}, isDev = true): Promise<Stage> {
  const warned: Warned[] = [];
  const deployment = await openTestDeployment(
    { ...noteFunctions, ...functions },
    { isDev, onWarning: (text, fields) => void warned.push({ text, fields }) },
  );
  deployment.clock.advance(1_000_000);
  const { client, device } = await connectDevice(deployment);
  const push = async (pushed: PushedMutation): Promise<void> => {
    client.send({ type: "push", mutations: [pushed] });
    await until(() => client.outcomes.some(([n]) => n === pushed.n));
    await settle();
  };
  return { deployment, client, device, warned, push };
}

const warnings = ({ client }: Stage) => client.messages.flatMap((one) => (one.type === "warning" ? [one] : []));

/** A call that puts a note into the lobby, with what a device's run of it wrote. */
function note({ device, deployment }: Stage, n: number, more: { name?: string; body?: string; at?: number } = {}) {
  const { name = "put", body = "same", at = deployment.engine.version } = more;
  const call = mutation(n, name, { room: "lobby", rank: n, body: "same" });
  const id = deriveId(bytesOfHex(device.key), bytesOfHex(call.nonce), "notes", 0);
  const document: Document = { _id: id, _creationTime: call.time, room: "lobby", rank: n, body };
  const documents = [["notes", id, fieldDigests(stringifyValue(document))] as const];
  return { ...call, wrote: { at, documents } };
}

/** Counts the lobby, so that it has read it. */
const counting: TestFunction = {
  kind: "mutation",
  run: (context) => {
    context.read(roomOf("lobby"));
    return noteFunctions["put"]?.run(context) as Json;
  },
};

test("[SY70] a deployment under development says so in its welcome, and no other one", async () => {
  for (const isDev of [true, false]) {
    const { client, deployment } = await openStage({}, isDev);
    expect(JSON.stringify(client.messages[0]).includes('"dev"')).toBe(isDev);
    await deployment.close();
  }
});

test("[SY71] a function that takes a value of its module warns once, with the field, in the log and on the device", async () => {
  let state = 0;
  const drawn: TestFunction = {
    kind: "mutation",
    run: ({ args, insert }) =>
      insert("notes", { ...(args as { room: string; rank: number }), body: `drawn ${++state}` }),
  };
  const stage = await openStage({ drawn });
  await stage.push(note(stage, 1, { name: "drawn" }));
  await stage.push(note(stage, 2, { name: "drawn" }));
  await stage.push(note(stage, 3));
  expect(warnings(stage).map((one) => one.function)).toEqual(["drawn"]);
  expect(warnings(stage)[0]?.text).toMatch(
    /^drawn wrote other things .*: other values in notes\.body\. .*ctx\.server.*Math\.random/,
  );
  expect(stage.warned.map(({ fields }) => fields)).toMatchObject([
    { function: "drawn", tables: "notes", fields: "notes.body" },
  ]);
  await stage.deployment.close();
});

test("[SY71] a function that writes more on the server warns once, and says of which table", async () => {
  const audited: TestFunction = {
    kind: "mutation",
    run: (context) => {
      const id = noteFunctions["put"]?.run(context) as Json;
      context.insert("members", { user: "audit", room: "lobby" });
      return id;
    },
  };
  const stage = await openStage({ audited });
  await stage.push(note(stage, 1, { name: "audited" }));
  expect(warnings(stage)).toHaveLength(1);
  expect(warnings(stage)[0]?.text).toContain("documents of members were written on the server only");
  await stage.deployment.close();
});

test("[SY71] a device whose rows were behind is not warned of what it read, and is of what nobody has written", async () => {
  const stage = await openStage({ counting });
  const { engine } = stage.deployment;
  const behind = engine.version;
  const other = await connectDevice(stage.deployment);
  other.client.send({ type: "push", mutations: [mutation(1, "put", { room: "lobby", rank: 9, body: "other" })] });
  await until(() => other.client.outcomes.length === 1);
  await stage.push(note(stage, 1, { name: "counting", body: "otherwise", at: behind }));
  expect(warnings(stage)).toEqual([]);
  await stage.push(note(stage, 2, { name: "counting", body: "otherwise" }));
  expect(warnings(stage)).toHaveLength(1);
  await stage.deployment.close();
});

test("[SY71] what stands on a call of the device that did not agree, or was not applied, is not compared", async () => {
  for (const first of ["differs", "throws", "says nothing"]) {
    const failing: TestFunction = {
      kind: "mutation",
      run: () => {
        throw new Error("no");
      },
    };
    const stage = await openStage({ failing, again: noteFunctions["put"] ?? failing });
    const at = stage.deployment.engine.version;
    const name = first === "throws" ? "failing" : "put";
    const { wrote, ...bare } = note(stage, 1, { name, body: "otherwise", at });
    await stage.push(first === "says nothing" ? bare : { ...bare, wrote });
    const before = warnings(stage).length;
    expect([first, before]).toEqual([first, first === "differs" ? 1 : 0]);
    // Of another function, so that it is not the first warning that silences it; it reads nothing.
    await stage.push(note(stage, 2, { name: "again", body: "otherwise", at }));
    expect(warnings(stage)).toHaveLength(before);
    await stage.push(note(stage, 3, { name: "again", body: "otherwise" }));
    expect(warnings(stage)).toHaveLength(before + 1);
    await stage.deployment.close();
  }
});

test("[SY71] a call whose time the deployment has set back is not compared", async () => {
  const stage = await openStage();
  const ahead = { ...note(stage, 1, { body: "otherwise" }), time: 9e12 };
  await stage.push(ahead);
  expect(warnings(stage)).toEqual([]);
  await stage.deployment.close();
});

test("[SY70] a deployment that is not under development ignores what a device tells, and warns of nothing", async () => {
  const stage = await openStage({}, false);
  await stage.push(note(stage, 1, { body: "otherwise" }));
  expect([warnings(stage), stage.warned]).toEqual([[], []]);
  expect(stage.client.outcomes.map(([, kind]) => kind)).toEqual(["applied"]);
  await stage.deployment.close();
});
