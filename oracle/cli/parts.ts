import { InputError } from "../common/errors.ts";

/** The mask in which every one of `count` parts is approved. */
export function allParts(count: number): bigint {
  return (1n << BigInt(count)) - 1n;
}

/**
 * The mask of a choice of parts: `all`, `none`, or places from 0 such as `0,2,5-9`.
 *
 * @param count parts of the submission
 */
export function parseParts(text: string, count: number): bigint {
  if (text === "all") return allParts(count);
  if (text === "none") return 0n;
  return text.split(",").reduce((mask, range) => {
    const match = /^(\d{1,3})(?:-(\d{1,3}))?$/u.exec(range.trim());
    const first = Number(match?.[1]);
    const last = Number(match?.[2] ?? match?.[1]);
    if (match === null || first > last || last >= count) {
      throw new InputError("these are not parts of the submission", {
        value: range,
        limit: `all, none, or places from 0 to ${count - 1} such as 0,2,5-9`,
      });
    }
    return mask | (allParts(last - first + 1) << BigInt(first));
  }, 0n);
}
