import { asAddress } from "@openledger/protocol/hex.ts";
import { OPEN } from "@openledger/protocol/units.ts";

/** A chain that nobody asks: what a provider and its customers have to agree on. */
export const CHAIN_ID = 31_337n;
export const PROVIDER_KEY = `0x${"51".repeat(32)}`;
export const TOKEN = asAddress(`0x${"70".repeat(20)}`);
export const OFFER = { modelId: 1n, versionId: 1n, price: OPEN / 2n, till: asAddress(`0x${"71".repeat(20)}`) };
