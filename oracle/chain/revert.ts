import { isError } from "ethers";
import { messageOf } from "../common/errors.ts";
import { allInterfaces } from "./artifacts.ts";

/** The custom error behind a failed call or estimate, with its arguments, such as `DatanetInvalidName("")`. */
export function describeRevert(error: unknown): string {
  const data = revertData(error);
  if (data === undefined) return messageOf(error);
  for (const contract of allInterfaces()) {
    const parsed = contract.parseError(data);
    if (parsed !== null) return `${parsed.name}(${parsed.args.map((value) => String(value)).join(", ")})`;
  }
  return `unknown error ${data.slice(0, 10)}`;
}

function revertData(error: unknown): string | undefined {
  if (isError(error, "CALL_EXCEPTION") && error.data !== null && error.data !== undefined) return error.data;
  const found = /0x[0-9a-f]{8,}/iu.exec(JSON.stringify((error as { info?: unknown }).info ?? ""));
  return found?.[0];
}
