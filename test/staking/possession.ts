import type { BaseWallet } from "ethers";
import { digestOf, signingDomain } from "@openledger/protocol/eip712/domain.ts";
import { possessionType } from "@openledger/protocol/eip712/possession.ts";
import { asAddress } from "@openledger/protocol/hex.ts";
import type { StakeManager } from "../../typechain-types/index.ts";

/** The simulated chain's. */
const CHAIN_ID = 31_337n;

/** What `register` and `rotateSigner` take at their end: the agreement to sign for an operator, of a key or of a contract that it owns. */
export async function possessionOf(
  stakes: StakeManager,
  key: BaseWallet,
  operator: string,
  role: number,
  { signer = key.address, deadline = 2n ** 256n - 1n } = {},
): Promise<[deadline: bigint, signature: string]> {
  const domain = signingDomain(CHAIN_ID, asAddress(await stakes.possession()));
  const agreed = { operator: asAddress(operator), role, signer: asAddress(signer), deadline };
  return [deadline, key.signingKey.sign(digestOf(domain, possessionType, agreed)).serialized];
}

/** The same where the operator signs itself, and nobody else has to agree. */
export const OWN_KEY = [0n, "0x"] as const;
