import { type Caps, presentCaps } from "../actions/datanets.ts";
import { writeFileSync } from "node:fs";
import { consentType } from "@openledger/protocol/eip712/consent.ts";
import { digestOf, signingDomain } from "@openledger/protocol/eip712/domain.ts";
import { type Address, asAddress, asHash, type Hash } from "@openledger/protocol/hex.ts";
import { type ContributionKind, hashParts } from "@openledger/protocol/registry/submission.ts";
import { recoverAddress } from "ethers";
import { z } from "zod";
import { integer } from "../api/schemas.ts";
import { interfaceOf } from "../chain/artifacts.ts";
import type { MinedTransaction } from "../chain/send.ts";
import { InputError } from "../common/errors.ts";
import { toJson } from "../common/json.ts";
import type { PreparedSubmission } from "../jobs/contribution.ts";
import { readDocument } from "./documents.ts";
import { allow, chainTime, requireKey, type Session } from "./session.ts";
import { costOf, describeCost, requireAdmission, showSubmitted } from "./submit.ts";

const KINDS: readonly ContributionKind[] = ["train", "quality"];

const part = z.strictObject({
  kind: z.union([z.literal(0), z.literal(1)]),
  contentRoot: z.string().transform((text) => asHash(text)),
  examples: z.number().int().positive(),
});

/** Submissions that their contributor has signed, for somebody else to send and pay. */
const consentDocument = z.strictObject({
  format: z.literal("openledger-consent/2"),
  contributor: z.string().transform((text) => asAddress(text)),
  datanetId: integer,
  caps: z.strictObject({ bond: integer, reviewFee: integer, judgeModelId: integer }),
  deadline: integer,
  submissions: z
    .array(
      z.strictObject({
        parts: z.array(part).min(1),
        uri: z.string(),
        signature: z.string().regex(/^0x([0-9a-f]{2})+$/u),
      }),
    )
    .min(1),
});

/** A submission whose files are stored. */
export type StoredSubmission = PreparedSubmission & { readonly uri: string };

/** Signs the submissions with consecutive nonces. */
export async function consent(
  session: Session,
  { datanetId, caps }: { readonly datanetId: bigint; readonly caps: Caps },
  prepared: readonly StoredSubmission[],
  file: string,
  validFor: number,
): Promise<void> {
  const wallet = requireKey(session, "consenting");
  const domain = consentDomain(session);
  const deadline = (await chainTime(session.provider)) + BigInt(validFor);
  const first = await nonceOf(session, wallet.address);
  const submissions = await Promise.all(
    prepared.map(async ({ parts, uri }, i) => {
      const contributor = asAddress(wallet.address);
      const partsHash = hashParts(parts.map((item) => ({ ...item, kind: KINDS[item.kind]! })));
      const message = { contributor, datanetId, partsHash, uri, ...caps, nonce: first + BigInt(i), deadline };
      return { parts, uri, signature: await wallet.signTypedData({ ...domain }, consentType.types, message) };
    }),
  );
  const document = {
    format: "openledger-consent/2",
    contributor: wallet.address,
    datanetId,
    caps,
    deadline,
    submissions,
  };
  writeFileSync(file, `${toJson(document, 2)}\n`);
  session.output.result({ file, ...document }, () =>
    [
      `Signed ${submissions.length} submissions, in ${file}.`,
      "Whoever sends them pays bond and fee, and gets back what is left of them: npx openledger contribute --relay FILE",
    ].join("\n"),
  );
}

/**
 * A consent counts once: its nonce is used up with it.
 *
 * @throws InputError when the contributor has not signed these submissions, or they were sent before
 */
async function requireUnused(
  session: Session,
  contributor: Address,
  submissions: z.output<typeof consentDocument>["submissions"],
  terms: Caps & { readonly datanetId: bigint; readonly deadline: bigint },
): Promise<void> {
  // an account that is a contract judges its signatures itself (ERC-1271), when the submission is sent
  if ((await session.provider.getCode(contributor)) !== "0x") return;
  const first = await nonceOf(session, contributor);
  for (const [i, { parts, uri, signature }] of submissions.entries()) {
    const partsHash = hashParts(parts.map((item) => ({ ...item, kind: KINDS[item.kind]! })));
    const message = { contributor, ...terms, partsHash, uri, nonce: first + BigInt(i) };
    if (signerOf(digestOf(consentDomain(session), consentType, message), signature) === contributor) continue;
    throw new InputError("the consent does not count, or no longer", {
      value: `submission ${i + 1} of ${contributor}`,
      limit: `a signature of the contributor with nonce ${message.nonce}, in a document that was not sent yet`,
      remedy: "Let the contributor sign again: npx openledger contribute --consent FILE.",
    });
  }
}

/** Undefined for bytes that are no signature. */
function signerOf(digest: Hash, signature: string): Address | undefined {
  try {
    return asAddress(recoverAddress(digest, signature));
  } catch {
    return undefined;
  }
}

function consentDomain({ deployment }: Session) {
  return signingDomain(BigInt(deployment.chainId), asAddress(deployment.addresses.ContributionRegistry));
}

/** Sends and pays what a contributor has signed. */
export async function relay(session: Session, file: string): Promise<void> {
  const { contributor, datanetId, caps, deadline, submissions } = readDocument(
    file,
    consentDocument,
    "a signed consent",
  );
  const now = await chainTime(session.provider);
  if (deadline < now) {
    throw new InputError("the consent has expired", {
      value: `${deadline}`,
      limit: `after ${now}, the chain's time in unix seconds`,
      remedy: "Let the contributor sign again: npx openledger contribute --consent FILE.",
    });
  }
  await requireUnused(session, contributor, submissions, { datanetId, deadline, ...caps });
  const parts = submissions.flatMap((submission) => submission.parts);
  for (const kind of new Set(parts.map((one) => KINDS[one.kind]!))) {
    await requireAdmission(session, datanetId, kind, contributor);
  }
  requireWithin(caps, await presentCaps(session.contracts, datanetId));
  session.output.say(`${describeCost(caps, parts.length)}. What is charged is lost by the sender, their sponsor`);
  await allow(session, "ContributionRegistry", costOf(caps, parts.length));
  const mined: (MinedTransaction | undefined)[] = [];
  for (const submission of submissions) {
    mined.push(
      await session.send({
        kind: "submit for a contributor",
        contract: "ContributionRegistry",
        method: "submitFor",
        args: [contributor, datanetId, submission.parts, submission.uri, caps, deadline, submission.signature],
      }),
    );
  }
  showSubmitted(session, mined);
}

/** @throws InputError when the Datanet asks for more than the contributor consented to, or names another judge */
function requireWithin(caps: Caps, terms: Caps): void {
  if (terms.bond <= caps.bond && terms.reviewFee <= caps.reviewFee && terms.judgeModelId === caps.judgeModelId) return;
  throw new InputError("the Datanet's terms are not the ones that the contributor consented to", {
    value: describeTerms(terms),
    limit: describeTerms(caps),
    remedy: "Let the contributor read the terms and sign again: npx openledger contribute --consent FILE.",
  });
}

function describeTerms({ bond, reviewFee, judgeModelId }: Caps): string {
  return `bond ${bond} wei, review fee ${reviewFee} wei, judge ${judgeModelId}`;
}

/** The nonce of the contributor's next consent; a part of the implementation, not of the interface. */
async function nonceOf({ provider, deployment }: Session, account: string): Promise<bigint> {
  const abi = interfaceOf("ContributionRegistry");
  const data = abi.encodeFunctionData("nonces", [account]);
  const [nonce] = abi.decodeFunctionResult(
    "nonces",
    await provider.call({ to: deployment.addresses.ContributionRegistry, data }),
  );
  return nonce as bigint;
}
