import { writeFileSync } from "node:fs";
import { claimType } from "@openledger/protocol/eip712/claim.ts";
import { signingDomain } from "@openledger/protocol/eip712/domain.ts";
import { asAddress, type Address } from "@openledger/protocol/hex.ts";
import type { Payout, PayoutsTree } from "@openledger/protocol/trees/payoutsTree.ts";
import { formatOpen } from "@openledger/protocol/units.ts";
import { z } from "zod";
import { integer } from "../api/schemas.ts";
import { InputError, NotFoundError } from "../common/errors.ts";
import { toJson } from "../common/json.ts";
import { addApiOption } from "./apiClient.ts";
import { readDocument } from "./documents.ts";
import { table } from "./output.ts";
import { parseAddress, parseCount, parseNewFile } from "./parse.ts";
import { finalPayouts } from "./payouts.ts";
import type { AddCommand } from "./program.ts";
import { addChainOptions, type ChainOptions, chainTime, requireKey, type Session, withSession } from "./session.ts";

interface ClaimOptions extends ChainOptions {
  readonly api: string;
  readonly recipient?: Address;
  readonly sign?: string;
  readonly signature?: string;
  readonly validFor: number;
}

/** A claim that its account has signed, for anybody to send. */
const signedClaim = z.strictObject({
  format: z.literal("openledger-claim/1"),
  account: z.string().transform((text) => parseAddress(text)),
  recipient: z.string().transform((text) => parseAddress(text)),
  cumulative: integer,
  deadline: integer,
  signature: z.string().regex(/^0x([0-9a-f]{2})+$/u),
});

interface Claimed {
  readonly account: Address;
  /** Wei that the claim pays. */
  readonly amount: bigint;
  readonly recipient: string;
  readonly transaction: string | undefined;
}

/** `openledger claim`: collects rewards, for one account or many. */
export const claimCommand: AddCommand = (program) => {
  addChainOptions(addApiOption(program.command("claim")))
    .description("claim rewards: of the key's account, or of any accounts (they are paid, you pay the gas)")
    .argument(
      "[accounts...]",
      "accounts to claim for; the key's own when none is named",
      (text, before: Address[] | undefined) => [...(before ?? []), parseAddress(text)],
    )
    .option("--recipient <address>", "pay this claim of the key's account to another address", parseAddress)
    .option(
      "--sign <file>",
      "write a signed claim to this file for somebody else to send, instead of sending it",
      parseNewFile,
    )
    .option("--signature <file>", "send a claim that somebody else signed")
    .option("--valid-for <seconds>", "how long a signed claim counts", parseCount, 86_400)
    .action((accounts: Address[], options: ClaimOptions) =>
      withSession(program, options, async (session) => {
        requireOwnClaim(accounts, options);
        const tree = await finalPayouts(session, options.api);
        if (options.sign !== undefined) {
          await signClaim(session, tree, options, options.sign);
        } else if (options.signature !== undefined) {
          show(session, await sendSigned(session, tree, options.signature));
        } else if (options.recipient !== undefined) {
          show(session, await claimTo(session, tree, options));
        } else {
          const named =
            accounts.length > 0 ? accounts : [asAddress(requireKey(session, "claiming for your own account").address)];
          show(session, await claimFor(session, tree, named));
        }
      }),
    );
};

/** @throws InputError for accounts beside an option that is about one account alone */
function requireOwnClaim(accounts: readonly Address[], { recipient, sign, signature }: ClaimOptions): void {
  const given = Object.entries({ recipient, sign, signature }).filter(([, value]) => value !== undefined);
  const [[option] = []] = given;
  if (option === undefined || (accounts.length === 0 && (signature === undefined || given.length === 1))) return;
  throw new InputError("the options contradict each other", {
    value: [...accounts, ...given.map(([name]) => `--${name}`)].join(" "),
    limit: "accounts; or --recipient or --sign, of the key's own claim; or --signature, of somebody else's",
    remedy: "npx openledger claim --help",
  });
}

/** Claims for accounts that have something to claim: neighbours in the tree with one proof, the others one by one. */
async function claimFor(session: Session, tree: PayoutsTree, accounts: readonly Address[]): Promise<Claimed[]> {
  const places = [...new Set(accounts.map((account) => requirePlace(tree, account)))].sort((a, b) => a - b);
  const open = await Promise.all(places.map((place) => claimableOf(session, tree.payout(place))));
  const due = places.filter((_, i) => open[i]! > 0n);
  if (due.length === 0) return [];
  let left = await roomToClaim(session);
  const claimed: Claimed[] = [];
  for (let i = 0; i < due.length;) {
    let count = 1;
    while (due[i + count] === due[i]! + count) count++;
    const run = tree.run(due[i]!, count);
    const [only] = run.payouts;
    const mined =
      run.payouts.length === 1
        ? await session.send({
            kind: "claim",
            contract: "RewardDistributor",
            method: "claim",
            args: [run.first, only!, run.proof],
          })
        : await session.send({
            kind: `claim for ${run.payouts.length} accounts`,
            contract: "RewardDistributor",
            method: "claimBatch",
            args: [run.first, run.payouts, run.proof],
          });
    for (const { account } of run.payouts) {
      const amount = least(open[places.indexOf(tree.indexOf(account)!)]!, left);
      left -= amount;
      claimed.push({
        account,
        amount,
        recipient: await session.contracts.RewardDistributor.recipientOf(account),
        transaction: mined?.hash,
      });
    }
    i += run.payouts.length;
  }
  return claimed;
}

/** Claims for the key's account to another address, by a signature that the same transaction uses up. */
async function claimTo(session: Session, tree: PayoutsTree, options: ClaimOptions): Promise<Claimed[]> {
  return sendClaim(session, tree, await sign(session, tree, options));
}

async function signClaim(session: Session, tree: PayoutsTree, options: ClaimOptions, file: string): Promise<void> {
  const claim = await sign(session, tree, options);
  const document = { format: "openledger-claim/1", ...claim };
  writeFileSync(file, `${toJson(document, 2)}\n`);
  session.output.result({ ...document, file }, () =>
    [
      `Signed: ${formatOpen(claim.cumulative)} OPEN in all for ${claim.recipient}, in ${file}.`,
      "Whoever sends it pays the gas: npx openledger claim --signature FILE --keystore THEIRS.",
    ].join("\n"),
  );
}

type SignedClaim = Omit<z.output<typeof signedClaim>, "format">;

async function sign(session: Session, tree: PayoutsTree, options: ClaimOptions): Promise<SignedClaim> {
  const wallet = requireKey(session, "signing a claim");
  const account = asAddress(wallet.address);
  const { cumulative } = tree.payout(requirePlace(tree, account));
  const claim = {
    account,
    recipient: options.recipient ?? account,
    cumulative,
    deadline: (await chainTime(session.provider)) + BigInt(options.validFor),
  };
  const distributor = asAddress(session.deployment.addresses.RewardDistributor);
  const domain = signingDomain(BigInt(session.deployment.chainId), distributor);
  return { ...claim, signature: await wallet.signTypedData({ ...domain }, claimType.types, claim) };
}

async function sendSigned(session: Session, tree: PayoutsTree, file: string): Promise<Claimed[]> {
  const claim = readDocument(file, signedClaim, "a signed claim");
  const now = await chainTime(session.provider);
  if (claim.deadline < now) {
    throw new InputError("the signature has expired", {
      value: `${claim.deadline}`,
      limit: `after ${now}, the chain's time in unix seconds`,
      remedy: "Let the account sign again: npx openledger claim --sign FILE.",
    });
  }
  return sendClaim(session, tree, claim);
}

async function sendClaim(session: Session, tree: PayoutsTree, claim: SignedClaim): Promise<Claimed[]> {
  const { account, recipient, deadline, signature } = claim;
  const place = requirePlace(tree, account);
  const payout = tree.payout(place);
  if (payout.cumulative !== claim.cumulative) {
    throw new InputError("the claim was signed under another root", {
      value: `${claim.cumulative} wei`,
      limit: `${payout.cumulative} wei, as in the final root`,
      remedy: "Let the account sign again: npx openledger claim --sign FILE.",
    });
  }
  const open = await claimableOf(session, payout);
  if (open === 0n) return [];
  const amount = least(open, await roomToClaim(session));
  const mined = await session.send({
    kind: "claim with signature",
    contract: "RewardDistributor",
    method: "claimWithSignature",
    args: [place, payout, tree.proof(place), recipient, deadline, signature],
  });
  return [{ account, amount, recipient, transaction: mined?.hash }];
}

async function claimableOf({ contracts }: Session, { account, cumulative }: Payout): Promise<bigint> {
  const claimed = await contracts.RewardDistributor.claimedBy(account);
  return cumulative > claimed ? cumulative - claimed : 0n;
}

/** Wei that all accounts together can still claim by the final root. */
async function roomToClaim({ contracts: { RewardDistributor } }: Session): Promise<bigint> {
  const { claimLimit } = await RewardDistributor.finalizedRoot();
  const claimed = await RewardDistributor.totalClaimed();
  if (claimed < claimLimit) return claimLimit - claimed;
  throw new InputError("as much was claimed as the final root allows", {
    value: `${formatOpen(claimed)} OPEN`,
    limit: `${formatOpen(claimLimit)} OPEN: what its signers would have lost for a wrong root`,
    remedy: "Claim again when the next root is final: each one raises the limit.",
  });
}

function least(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

function requirePlace(tree: PayoutsTree, account: Address): number {
  const place = tree.indexOf(account);
  if (place !== undefined) return place;
  throw new NotFoundError("this account has not earned anything", {
    value: account,
    limit: `${tree.size} accounts in the final root`,
    remedy: "Check the address; npx openledger explain shows what a contribution earned.",
  });
}

function show(session: Session, claimed: readonly Claimed[]): void {
  session.finish({ claimed }, () =>
    claimed.length === 0
      ? "Nothing to claim: everything in the final root has been claimed."
      : table(claimed, [
          { title: "account", value: ({ account }) => account },
          { title: "OPEN", value: ({ amount }) => formatOpen(amount), align: "right" },
          { title: "paid to", value: ({ recipient }) => recipient },
          { title: "transaction", value: ({ transaction }) => transaction ?? "" },
        ]),
  );
}
