import type { Contracts } from "../chain/contracts.ts";
import { InputError, NotFoundError } from "../common/errors.ts";

/** The registry of everything that can be sold whole. */
export const REGISTRIES = {
  contribution: "ContributionRegistry",
  model: "ModelRegistry",
  datanet: "DatanetRegistry",
} as const;

/** A contribution, a model or a Datanet. */
export interface Asset {
  readonly kind: keyof typeof REGISTRIES;
  readonly tokenId: bigint;
}

/** @throws InputError for anything but `contribution:7`, `model:1` or `datanet:2` */
export function parseAsset(text: string): Asset {
  const match = /^(contribution|model|datanet):([1-9]\d{0,18})$/u.exec(text);
  if (match !== null) return { kind: match[1] as Asset["kind"], tokenId: BigInt(match[2]!) };
  throw new InputError("this is nothing that can be sold", {
    value: text,
    limit: "contribution:<id>, model:<id> or datanet:<id>",
  });
}

export function nameOf({ kind, tokenId }: Asset): string {
  return `${kind}:${tokenId}`;
}

/** @throws NotFoundError when there is no such thing */
export async function ownerOf(contracts: Contracts, asset: Asset): Promise<string> {
  const owner = await contracts[REGISTRIES[asset.kind]].ownerOf(asset.tokenId).catch(() => undefined);
  if (owner !== undefined) return owner;
  throw new NotFoundError(`there is no such ${asset.kind}`, { value: asset.tokenId });
}
