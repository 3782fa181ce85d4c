import type { Decision } from "../actions/decisions.ts";
import type { Change, Collection } from "../actions/shares.ts";
import { InputError } from "../common/errors.ts";
import { parseAddress, parseAmount, parseId } from "./parse.ts";

export function parseCollection(text: string): Collection {
  if (text === "model" || text === "datanet" || text === "agent") return text;
  throw new InputError("this cannot be split into shares", { value: text, limit: "model, datanet or agent" });
}

export function parseChange(what: string, value: string): Change {
  if (what === "price") return { kind: "price", price: parseAmount(value) };
  if (what === "provider") return { kind: "provider", provider: parseAddress(value) };
  if (what === "uri") return { kind: "uri", uri: value };
  throw new InputError("a manager cannot change this", { value: what, limit: "price, provider or uri" });
}

export function parseDecision([what, value, ...rest]: readonly string[]): Decision {
  if (value !== undefined) {
    if (what === "reject") return { kind: "reject", grantId: parseId(value), reason: rest.join(" ") };
    if (rest.length === 0) {
      if (what === "manager") return { kind: "manager", account: parseAddress(value) };
      if (what === "offer") return { kind: "offer", reserve: parseAmount(value) };
      if (what === "stop") return { kind: "stop", grantId: parseId(value) };
    }
  }
  throw new InputError("shareholders cannot decide this", {
    value: [what, value, ...rest].join(" "),
    limit: "manager <address>, offer <OPEN>, stop <grant> or reject <grant> <reason>",
  });
}

/** Basis points of a percentage. */
export function parseSlippage(text: string): bigint {
  const bps = Number(text.replace(/%$/u, "")) * 100;
  if (text.trim() !== "" && Number.isInteger(bps) && bps >= 0 && bps <= 5_000) return BigInt(bps);
  throw new InputError("this is not a slippage", { value: text, limit: "0 to 50 percent, with at most two decimals" });
}
