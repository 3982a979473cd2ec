import { createSocket } from "node:dgram";
import { hostname, networkInterfaces } from "node:os";

/** What this machine is called and by which addresses others reach it. */
export interface LocalNetwork {
  readonly hostName: string;
  /** Without those of the loopback, in the order of the system. */
  readonly addresses: readonly string[];
  /** The address that leads out of the local network, if one does. */
  readonly routed: string | undefined;
}

/** An address for documentation, where nobody is; any other address of the open network would do. */
const outside = { port: 9, address: "198.51.100.1" };

/** Looks at this machine's network as it is now. Sends nothing. */
export async function readLocalNetwork(): Promise<LocalNetwork> {
  const addresses = Object.values(networkInterfaces()).flatMap((ofInterface) =>
    (ofInterface ?? []).filter(({ internal }) => !internal).map(({ address }) => address),
  );
  return { hostName: hostname(), addresses, routed: await readRouted() };
}

/** A datagram socket that is told where it would send to knows the address that it would send from. */
function readRouted(): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = createSocket("udp4");
    const finish = (address: string | undefined): void => {
      socket.close();
      resolve(address);
    };
    socket.once("connect", () => finish(socket.address().address));
    // No way out of the local network is an answer too.
    socket.once("error", () => finish(undefined));
    socket.connect(outside.port, outside.address);
  });
}
