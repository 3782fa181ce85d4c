const LOOPBACK = new Set(["127.0.0.1", "localhost", "[::1]"]);

/** The endpoints of a comma-separated list, the preferred one first. */
export function rpcUrls(list: string): string[] {
  return list
    .split(",")
    .map((url) => url.trim())
    .filter((url) => url !== "");
}

/** The endpoints as they may be shown: path and query may hold a key. */
export function originsOf(list: string): string {
  return rpcUrls(list)
    .map((url) => new URL(url).origin)
    .join(", ");
}

/** Whether all of the endpoints are on this machine. */
export function isLoopback(list: string): boolean {
  return rpcUrls(list).every((url) => LOOPBACK.has(new URL(url).hostname));
}
