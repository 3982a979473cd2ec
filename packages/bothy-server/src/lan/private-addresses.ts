/**
 * The addresses that the authority can vouch for: those that lead to different machines in different networks, so that a
 * certificate for one is worth nothing elsewhere.
 */
export const privateRanges: readonly string[] = [
  "10.0.0.0/8",
  "172.16.0.0/12",
  "192.168.0.0/16",
  "169.254.0.0/16",
  "127.0.0.0/8",
  "fd00::/8",
  "::1/128",
];

/** Names that no public authority gives away: of this machine, and of machines that announce themselves. */
export const privateNames: readonly string[] = ["localhost", "local"];

/** Whether an address is one of the private ranges, or this machine's own. */
export function isPrivateAddress(address: string): boolean {
  return isLoopback(address) || isLanAddress(address);
}

/** Whether an address is one by which other machines of the same network reach this one. */
export function isLanAddress(address: string): boolean {
  if (/^fd[0-9a-f]{2}:[0-9a-f:]+$/iu.test(address)) return true;
  const [first = -1, second = -1] = partsOf(address);
  if (first === 10) return true;
  if (first === 172) return second >= 16 && second <= 31;
  return (first === 192 && second === 168) || (first === 169 && second === 254);
}

function isLoopback(address: string): boolean {
  return address === "::1" || partsOf(address)[0] === 127;
}

/** The four numbers of an IPv4 address; none if it is no such address. */
function partsOf(address: string): readonly number[] {
  if (!/^\d{1,3}(?:\.\d{1,3}){3}$/u.test(address)) return [];
  const parts = address.split(".").map(Number);
  return parts.every((part) => part <= 255) ? parts : [];
}
