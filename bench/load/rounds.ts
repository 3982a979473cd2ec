import { percentile } from "../statistics.ts";

/** Lets each client act again as soon as its last act has ended, for a while; prints how often, and how long one took. */
export async function printRounds<Client>(
  clients: readonly Client[],
  milliseconds: number,
  act: (client: Client, at: number) => Promise<unknown>,
): Promise<void> {
  const latencies: number[] = [];
  const end = performance.now() + milliseconds;
  await Promise.all(
    clients.map(async (client, at) => {
      while (performance.now() < end) {
        const started = performance.now();
        await act(client, at);
        latencies.push(performance.now() - started);
      }
    }),
  );
  const result = {
    count: latencies.length,
    perSecond: latencies.length / (milliseconds / 1000),
    p50: percentile(latencies, 0.5),
    p99: percentile(latencies, 0.99),
  };
  process.stdout.write(JSON.stringify(result));
}
