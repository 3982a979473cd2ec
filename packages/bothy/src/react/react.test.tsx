import { renderToString } from "react-dom/server";
import { expect, test } from "vitest";
import type { BothyClient } from "../client/index.ts";
import { api } from "../client/fixtures/test-app.ts";
import { createProfile, createScene } from "../client/fixtures/test-profile.ts";
import { BothyProvider, useConnection, useMutation, useOutbox, useQuery, useRejected, useScope } from "./index.ts";

function Screen() {
  const notes = useQuery(api.inList, { list: "a" });
  const skipped = useQuery(api.inList, "skip");
  const { state, pendingCount } = useConnection();
  const add = useMutation(api.add);
  const scopes = [useScope(api.ofList, { list: "a" }, { keep: true }), useScope(api.ofList, "skip")];
  const texts = [
    notes.status,
    String(notes.complete),
    skipped.status,
    state,
    pendingCount,
    useOutbox().length,
    ...scopes.map((one) => one.state),
  ];
  return (
    <p title={typeof add}>
      {texts.join(" ")} {useRejected().entries.length}
    </p>
  );
}

function render(client: BothyClient): string {
  return renderToString(
    <BothyProvider client={client}>
      <Screen />
    </BothyProvider>,
  ).replaceAll("<!-- -->", "");
}

test("[CL8] on a server that renders, queries and scopes are loading and the rest is as it is", async () => {
  const { realm } = createScene();
  const { client } = createProfile(realm).openTab();
  await client.mutate(api.join, { list: "a" }).server;
  expect(render(client)).toBe('<p title="function">loading false loading online 0 0 loading loading 0</p>');
});

test("a hook outside a provider says what is missing", () => {
  expect(() => renderToString(<Screen />)).toThrow(expect.objectContaining({ code: "usage_invalid" }));
});
