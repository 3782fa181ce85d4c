/** JSON with bigints as decimal strings, the form in which every command, file and response states amounts and ids. */
export function toJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, (_, v: unknown) => (typeof v === "bigint" ? v.toString() : v), indent);
}
