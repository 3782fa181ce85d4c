import { z } from "zod";
import type { ChainEvents } from "./chainEvents.ts";

/** What a Datanet allows models to do with its data; the place is the bit in IDatanetRegistry.Terms.licence. */
export const LICENCE_BITS = ["train", "infer", "derive", "commercial"] as const;
const ADMISSIONS = ["open", "allowlist"] as const;

const uint = z.coerce.bigint();
const small = z.coerce.number().int();
const termsSchema = z
  .object({
    licence: small,
    licenceExpiry: uint,
    admission: small,
    votesNeeded: small,
    bond: uint,
    reviewFee: uint,
    /** 0: bonds are never charged. */
    judgeModelId: uint,
  })
  .transform(({ licence, admission, ...terms }) => ({
    ...terms,
    licence: LICENCE_BITS.filter((_, bit) => (licence >> bit) & 1),
    admission: ADMISSIONS[admission]!,
  }));
const created = z.object({
  datanetId: uint,
  owner: z.string(),
  name: z.string(),
  uri: z.string(),
  tags: z.array(z.string()),
  terms: termsSchema,
});
const termsSet = z.object({ datanetId: uint, terms: termsSchema });
const uriSet = z.object({ datanetId: uint, uri: z.string() });

/** A Datanet with the terms in force; amounts in wei per contribution. */
export interface Datanet extends z.output<typeof termsSchema> {
  readonly datanetId: bigint;
  /** The account that created it. */
  readonly creator: string;
  readonly name: string;
  readonly uri: string;
  readonly tags: string[];
}

/** Every Datanet, ascending by id. */
export async function datanetsIn(events: ChainEvents): Promise<Datanet[]> {
  const names = ["DatanetCreated", "TermsSet", "UriSet"];
  const datanets = new Map<bigint, Datanet>();
  for (const { name, args } of await events.find({ contract: "DatanetRegistry", name: names })) {
    if (name === "DatanetCreated") {
      const { owner, terms, ...datanet } = created.parse(args);
      datanets.set(datanet.datanetId, { ...datanet, creator: owner, ...terms });
      continue;
    }
    const { datanetId, ...change } = name === "TermsSet" ? termsSet.parse(args) : uriSet.parse(args);
    datanets.set(datanetId, { ...datanets.get(datanetId)!, ...("terms" in change ? change.terms : change) });
  }
  return [...datanets.values()];
}
