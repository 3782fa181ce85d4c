import { isIPv6 } from "node:net";

/** An IPv4 address as a socket for both versions reports it. */
const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/iu;

/**
 * Who asks, for counting: an IPv4 address, or the network of an IPv6 address, because one client has 2^64 addresses of that
 * kind and could use another for every request.
 */
export function clientOf(address: string): string {
  const mapped = MAPPED.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  if (!isIPv6(address)) return address;
  const [head = "", tail] = address.split("%")[0]!.toLowerCase().split("::");
  const before = head === "" ? [] : head.split(":");
  const after = tail === undefined || tail === "" ? [] : tail.split(":");
  const groups =
    tail === undefined ? before : [...before, ...Array<string>(8 - before.length - after.length).fill("0"), ...after];
  return `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(":")}::/64`;
}
