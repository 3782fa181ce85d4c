import { z } from "zod";
import { ID_TEXT } from "../common/idText.ts";

/** Integers of any size: bigints here, decimal strings in JSON. */
export const integer = z.codec(z.string().regex(/^-?\d+$/u, "a decimal integer"), z.bigint(), {
  decode: (text) => BigInt(text),
  encode: (value) => value.toString(),
});
const hex = z.string().regex(/^0x[0-9a-f]*$/u, "0x and lower-case hexadecimal digits");
export const hash = z.string().regex(/^0x[0-9a-f]{64}$/u, "0x and 64 lower-case hexadecimal digits");
export const address = z.string().regex(/^0x[0-9a-fA-F]{40}$/u, "0x and 40 hexadecimal digits");

/** An id in a path or a query. */
export const id = z.string().regex(ID_TEXT, "a decimal integer from 1").transform(BigInt);

/** A page of a list: at most `limit` items whose id is greater than `after`. */
export const page = z.object({
  after: z
    .string()
    .regex(/^\d{1,78}$/u, "a decimal integer")
    .default("0")
    .transform(BigInt),
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
});

/** Which root: its hash, or the one that claims read. */
export const whichRoot = z.object({ root: z.union([hash, z.literal("latest")]).default("latest") });

export const entry = z.object({
  modelId: integer,
  contributionId: integer,
  cumulative: integer.describe("Wei earned in all roots so far"),
  earned: integer.describe("Wei that this root adds"),
});

export const account = z.object({
  rootHash: hash,
  account: address,
  recipient: address.describe("Who gets what is claimed for the account"),
  cumulative: integer.describe("Wei earned in all"),
  earned: integer.describe("Wei that this root adds"),
  claimed: integer.describe("Wei claimed so far"),
  claimable: integer.describe("Wei that are not claimed yet; a claim pays as much of them as the root's limit leaves"),
  index: z.number().int().describe("Place in the payouts tree"),
  entriesRoot: hash,
  proof: z.array(hash).describe("Siblings, as RewardDistributor.claim takes them with the place"),
  entries: z.array(entry),
});

export const accountSummary = account.pick({ account: true, cumulative: true, earned: true });

export const step = z.object({
  name: z.enum(["quality", "score", "weight", "payout"]),
  formula: z.string(),
  numbers: z.string().describe("The formula with its numbers"),
  value: integer,
});

/** How a contribution fared in one pool. */
export const payment = z.object({
  modelId: integer,
  epoch: integer,
  versionId: integer,
  contributionId: integer,
  datanetId: integer,
  examples: z.number().int(),
  index: z.number().int().describe("Place in the index and scores trees"),
  payee: address,
  accrues: z.boolean(),
  fallbackSplit: z.boolean(),
  pool: integer,
  payout: integer,
  steps: z.array(step),
});

/** The receipts behind a pool's functional. */
export const poolReceipts = z.object({
  modelId: integer,
  epoch: integer,
  pool: integer.describe("Wei that the contributors share"),
  receipts: z.number().int().describe("Receipts that count"),
  counted: integer.describe("Wei of fees that they count for"),
});

/** A contribution that a root pays nothing for. */
export const unpaidContribution = z.object({
  contributionId: integer,
  datanetId: integer,
  examples: z.number().int(),
  payments: z.array(payment).describe("How it fared in each pool: empty where it is in no index"),
});

export const accountExplanation = z.object({
  rootHash: hash,
  account: address,
  cumulative: integer,
  earned: integer,
  pools: z.array(poolReceipts),
  entries: z.array(entry.extend({ payments: z.array(payment) })),
  unpaid: z.array(unpaidContribution).describe("Training data of the account for which the root pays nobody"),
  charges: z
    .array(z.object({ contributionId: integer, amount: integer.describe("Wei of its bond") }))
    .describe("What the account's contributions have cost for their harm, in all epochs"),
});

export const contribution = z.object({
  contributionId: integer,
  submissionId: integer,
  datanetId: integer,
  part: z.number().int(),
  kind: z.enum(["train", "quality"]),
  contentRoot: hash,
  examples: z.number().int(),
  contributor: address,
  sponsor: address.describe("Who gets the bond back, whoever owns the contribution; zero: its owner"),
  uri: z.string(),
  revokedFrom: integer.optional().describe("First epoch in which it no longer accrues"),
});

export const contributionExplanation = z.object({
  rootHash: hash,
  contribution,
  pools: z.array(poolReceipts),
  payments: z.array(payment),
});

export const receiptRecord = z.object({
  modelId: integer,
  epoch: integer,
  receipt: z.object({
    versionId: integer,
    consumer: address,
    requestHash: hash,
    outputHash: hash,
    fee: integer,
    paymentId: hash,
    cumulative: integer.describe("End of the interval of the payment that the fee takes"),
    time: integer,
  }),
  signature: hex,
  counted: integer.describe("Wei of the fee that count"),
});

export const receiptExplanation = receiptRecord.extend({
  rootHash: hash,
  label: z.string().describe("What the model answered"),
  influences: z
    .array(z.object({ contributionId: integer, contributor: address, influence: z.number() }))
    .describe("The most helpful first: <ψ/‖ψ‖, features> · scale"),
  spans: z
    .array(
      z.object({
        text: z.string(),
        words: z.number().int(),
        occurrences: z.number().int().describe("How often the version's data have these words"),
        rarity: z.number().int().describe("log2 of how rare each word is, rounded down, added up"),
        contributionId: integer.describe("The first that was registered with them"),
        contributor: address,
      }),
    )
    .describe("Words of the answer that were contributed as they are, the rarest first: evidence, never paid"),
});

export const earningAnswers = z.object({
  rootHash: hash,
  answers: z
    .array(
      receiptRecord.extend({
        label: z.string().describe("What the model answered"),
        share: z.number().describe("Of what the pool's best paid answers add to the scores, 0 to 1"),
      }),
    )
    .describe("Pool after pool, the largest share first"),
});

export const datanet = z.object({
  datanetId: integer,
  creator: address,
  name: z.string(),
  uri: z.string(),
  tags: z.array(z.string()),
  licence: z.array(z.enum(["train", "infer", "derive", "commercial"])),
  licenceExpiry: integer.describe("Unix seconds; 0: no end"),
  admission: z.enum(["open", "allowlist"]),
  votesNeeded: z.number().int(),
  bond: integer.describe("Wei per contribution"),
  reviewFee: integer.describe("Wei per contribution"),
  judgeModelId: integer.describe("The model by whose versions harm is charged to bonds; 0: nothing is charged"),
  accepted: z.number().int().describe("Contributions accepted and not revoked"),
});

export const submission = z.object({
  submissionId: integer,
  datanetId: integer,
  contributor: address,
  sponsor: address.describe("Who paid bond and fee and gets them back; zero: the contributor"),
  firstContributionId: integer,
  parts: z.array(z.object({ kind: z.enum(["train", "quality"]), contentRoot: hash, examples: z.number().int() })),
  uri: z.string(),
  acceptedMask: integer.optional().describe("Bit i: part i was accepted. Absent while the review is open"),
});

export const version = z.object({
  versionId: integer,
  modelId: integer,
  weightsHash: hash,
  recipeHash: hash,
  schemeId: hash,
  snapshotIds: z.array(integer),
  size: z
    .object({ rows: integer, parameters: integer, epochs: integer, members: integer })
    .describe("What its training takes, as the publisher declared it"),
  uri: z.string(),
  index: z
    .object({
      partsHash: hash,
      bundleHash: hash,
      challengeEnds: integer,
      activated: z.boolean(),
      manifest: z.string().optional().describe("CID of the index's files, where this operator made the same index"),
    })
    .optional()
    .describe("The attested index"),
});

export const card = z.object({
  versionId: integer,
  modelId: integer,
  provider: address,
  price: integer.describe("Wei for an answer"),
  parents: z.array(z.object({ modelId: integer, shareBps: z.number().int() })),
  answers: z.string().describe("What it answers with, in words"),
  data: z.array(
    z.object({
      datanetId: integer,
      name: z.string(),
      tags: z.array(z.string()),
      licence: z.array(z.string()),
      licenceExpiry: integer.describe("Unix seconds; 0: without end"),
      contributors: z.number().int(),
      contributions: z.number().int(),
      examples: z.number().int(),
      judging: z.number().int().describe("Examples that its data are judged by"),
    }),
  ),
  bases: z.array(z.string()).describe("Hashes of the pretrained models that it stands on"),
  recipe: z.string().describe("Canonical JSON of what decides the training besides the data"),
  scheme: z.string().describe("Canonical JSON of how its answers are attributed"),
  recipeHash: hash,
  schemeId: hash,
  size: version.shape.size,
  uri: z.string(),
  certificate: z.object({ bps: z.number().int(), coalitions: z.number().int(), accuracy: z.number() }).optional(),
  limits: z.array(z.string()),
});

export const model = z.object({
  modelId: integer,
  creator: address,
  parents: z
    .array(z.object({ modelId: integer, shareBps: z.number().int() }))
    .describe("The models that it derives from, and their shares of its owner's part"),
  base: z.boolean().describe("Made without data of any Datanet"),
  provider: address,
  price: integer.describe("Wei per inference, as minted"),
  uri: z.string(),
  activeVersionId: integer.optional(),
  versions: z.array(version),
});

export const availabilityVote = z.object({
  modelId: integer,
  epoch: integer,
  commitment: hash.describe("EIP-712 hash of ReceiptsCommitment: root, count and URI"),
  have: z.boolean().describe("Whether the signer has the file and serves it"),
  signer: address,
  signature: hex,
});

export const root = z.object({
  rootHash: hash,
  status: z.enum(["pending", "finalized", "cancelled"]),
  postedAt: integer.describe("Unix seconds"),
  root: z.object({
    firstEpoch: integer,
    lastEpoch: integer,
    previousRoot: hash,
    payoutsRoot: hash,
    payoutsTotal: integer,
    accounts: z.number().int(),
    modelsRoot: hash,
    bundleHash: hash,
  }),
  bundle: z
    .string()
    .optional()
    .describe("CID of the manifest: GET /ipfs/<cid>. Absent where another root was computed"),
  certificates: z.string().optional().describe("CID of the signatures that decide which receipts files count"),
});

const item = {
  itemType: integer,
  token: address,
  identifierOrCriteria: integer,
  startAmount: integer,
  endAmount: integer,
};

/** The parameters of an order of Seaport. */
export const order = z.strictObject({
  offerer: address,
  zone: address,
  offer: z.array(z.strictObject(item)).max(8),
  consideration: z.array(z.strictObject({ ...item, recipient: address })).max(8),
  orderType: integer,
  startTime: integer,
  endTime: integer,
  zoneHash: hash,
  salt: integer,
  conduitKey: hash,
  totalOriginalConsiderationItems: integer,
});

export const signedOrder = z.strictObject({ order, signature: hex.max(2 + 2 * 4_096) });

/** A contribution, a model or a Datanet for sale. */
export const listing = z.object({
  number: z
    .number()
    .int()
    .optional()
    .describe("Among those that the chain announced; absent for one that was handed in"),
  orderHash: hash,
  what: z.string().describe("contribution:<id>, model:<id>, datanet:<id> or agent:<id>"),
  seller: address,
  price: integer.describe("Wei that the buyer pays, to everybody together"),
  royalty: integer.describe("The part of it that is the creator's"),
  endsAt: integer,
  state: z.enum(["open", "sold", "canceled", "ended", "void"]),
  reason: z.string().optional().describe("Why it cannot be bought"),
  signature: hex,
  order,
});
