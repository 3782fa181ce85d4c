import type { Contracts } from "../chain/contracts.ts";
import { InputError, NotFoundError } from "../common/errors.ts";

/** The registry of everything that can be sold whole. */
export const REGISTRIES = {
  contribution: "ContributionRegistry",
  model: "ModelRegistry",
  datanet: "DatanetRegistry",
  agent: "AgentIdentityRegistry",
} as const;

/** A contribution, a model, a Datanet or an agent. */
export interface Asset {
  readonly kind: keyof typeof REGISTRIES;
  readonly tokenId: bigint;
}

/** How they are named. */
export const ASSET_NAMES = "contribution:<id>, model:<id>, datanet:<id> or agent:<id>";

/** @throws InputError for anything but `contribution:7`, `model:1`, `datanet:2` or `agent:3` */
export function parseAsset(text: string): Asset {
  const match = /^(contribution|model|datanet|agent):([1-9]\d{0,18})$/u.exec(text);
  if (match !== null) return { kind: match[1] as Asset["kind"], tokenId: BigInt(match[2]!) };
  throw new InputError("this is nothing that can be sold", {
    value: text,
    limit: ASSET_NAMES,
  });
}

export function nameOf({ kind, tokenId }: Asset): string {
  return `${kind}:${tokenId}`;
}

/** @throws NotFoundError when there is no such thing */
export async function ownerOf(contracts: Contracts, asset: Asset): Promise<string> {
  const owner = await contracts[REGISTRIES[asset.kind]].ownerOf(asset.tokenId).catch(() => undefined);
  if (owner !== undefined) return owner;
  throw noSuch(asset);
}

/** What nobody ever made, or not on this chain. */
export function noSuch({ kind, tokenId }: Asset): NotFoundError {
  return new NotFoundError(`there is no such ${kind}`, {
    value: nameOf({ kind, tokenId }),
    limit: `the ids that ${REGISTRIES[kind]} has given`,
    remedy: "Check the id, and with --rpc and --deployment the chain.",
  });
}
