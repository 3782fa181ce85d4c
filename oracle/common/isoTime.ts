/** Unix seconds as an ISO 8601 date and time in UTC. */
export function isoTime(seconds: bigint): string {
  return new Date(Number(seconds) * 1_000).toISOString();
}
