import { formatOpen } from "@openledger/protocol/units.ts";
import { isoTime } from "../common/isoTime.ts";
import type { Kind, Unit, Value } from "./governed/governed.ts";

/** How a value may change. */
export const KIND_WORDS: Readonly<Record<Kind | "fixed", string>> = {
  fast: "timelock",
  exit: "timelock, and 60 days after it is announced",
  once: "fixed since the deployment",
  fixed: "fixed",
};

const PERIODS = [
  [86_400n, "d"],
  [3_600n, "h"],
  [60n, "min"],
  [1n, "s"],
] as const;

/** A number as people say it: seconds in the largest unit that divides them, basis points in percent, wei in OPEN. */
export function formatValue(unit: Unit, value: bigint): string {
  if (unit === "seconds") {
    const [size, name] = PERIODS.find(([period]) => value !== 0n && value % period === 0n) ?? [1n, "s"];
    return `${value / size} ${name}`;
  }
  if (unit === "bps") return `${Number(value) / 100} %`;
  if (unit === "percent") return `${value} %`;
  if (unit === "OPEN") return `${formatOpen(value)} OPEN`;
  if (unit === "time") return isoTime(value).replace(".000Z", "Z");
  return `${value}`;
}

/** Within which bounds a value can be set. */
export function formatBounds({ unit, least, most, rule }: Value): string {
  const [from, to] = [least, most].map((bound) => (bound === undefined ? undefined : formatValue(unit, bound)));
  const range =
    from !== undefined && to !== undefined
      ? `${from} to ${to}`
      : from === undefined
        ? to && `at most ${to}`
        : `at least ${from}`;
  return [range, rule].filter((part) => part !== undefined).join(", ");
}
