import { defaultChatScheme } from "../oracle/attribution/chat/chatScheme.ts";
import { defaultPassagesScheme } from "../oracle/attribution/passages/passagesScheme.ts";
import { defaultQuotesScheme } from "../oracle/attribution/quotes/quotesScheme.ts";
import { defaultScheme } from "../oracle/attribution/scheme.ts";
import { canonicalJson, type Json } from "@openledger/protocol/canonicalJson.ts";
import { keccakText } from "@openledger/protocol/keccak.ts";

/** An attribution scheme as AttributionPolicy shows it. */
export interface DescribedScheme {
  /** Canonical JSON; its hash is the scheme's id. */
  readonly description: string;
  /** Corrected fidelity on uniform queries; 0: it was not measured. */
  readonly certificateBps: number;
  readonly report: string;
}

const described = (scheme: Json, certificateBps = 0, report = ""): DescribedScheme => ({
  description: canonicalJson(scheme),
  certificateBps,
  report,
});

/**
 * The attribution schemes that model versions may name from the first day on, of texts, of images, of answers made of passages, and of answers that are written; governance
 * allows others.
 */
export const SCHEMES: readonly [DescribedScheme, ...DescribedScheme[]] = [
  described(defaultScheme("text"), 9_680, "docs/attribution.md#figures"),
  described(defaultScheme("image")),
  described(defaultPassagesScheme()),
  described(defaultChatScheme()),
  described(defaultQuotesScheme()),
];

export const idOf = ({ description }: DescribedScheme): string => keccakText(description);

const [first, ...others] = SCHEMES;
export const SCHEME_IDS: readonly [string, ...string[]] = [idOf(first), ...others.map(idOf)];
