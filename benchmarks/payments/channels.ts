import type { ChannelConfig } from "@openledger/protocol/eip712/channel.ts";
import { asAddress, asHash } from "@openledger/protocol/hex.ts";
import { keccakText } from "@openledger/protocol/keccak.ts";
import { AbiCoder, concat, keccak256, toBeHex, Wallet } from "ethers";
import { type Chain, chargeOf, setScalars } from "../../test/rewards/measureGas.ts";
import { AUTHORISATION_TYPES, RECEIVE_TYPES, tokenDomain } from "../../oracle/gateway/authorisation.ts";
import { deployToken } from "../gas/payees.ts";

/** How many channels a provider claims of at once. */
export const CLAIMED_TOGETHER = 50;
const PRICE = 500_000_000_000_000_001n;
const VALID_BEFORE = 2n ** 40n;

/** Gas of an answer's payment. */
export interface CallCosts {
  /** Opens a channel. */
  readonly deposit: number;
  /** A channel's part of a claim of {@link CLAIMED_TOGETHER}. */
  readonly claim: number;
  /** Pays what was claimed out to the till. */
  readonly settle: number;
  /** One answer by an authorization of its own. */
  readonly exact: number;
}

/** Gas of the ways to pay for answers, to a till that holds OPEN already. */
export async function measureCalls(chain: Chain): Promise<CallCosts> {
  await setScalars(chain);
  const { ethers } = chain;
  const [provider] = await ethers.getSigners();
  const token = await deployToken(chain);
  const channels = await ethers.deployContract("PaymentChannels", [token]);
  const collector = await ethers.deployContract("Erc3009Collector", [channels]);
  const domain = await tokenDomain(token);
  const till = asAddress(keccakText("till").slice(0, 42));
  await token.transfer(till, 1n);

  const gasOf = async (sent: Promise<{ hash: string }>) => (await chargeOf(ethers.provider, sent)).gas;
  const terms = { value: 1_000n * PRICE, validAfter: 0n, validBefore: VALID_BEFORE };
  const rows: string[] = [];
  let deposits = 0;
  for (let i = 0; i < CLAIMED_TOGETHER; i++) {
    const payer = new Wallet(keccakText(`payer ${i}`));
    await token.transfer(payer.address, 2_000n * PRICE);
    const config: ChannelConfig = {
      payer: asAddress(payer.address),
      payerAuthorizer: asAddress(payer.address),
      receiver: till,
      receiverAuthorizer: asAddress(provider!.address),
      token: asAddress(await token.getAddress()),
      withdrawDelay: 86_400,
      salt: asHash(keccakText("salt")),
    };
    const channelId = await channels.getChannelId(config);
    const salt = keccakText(`deposit ${i}`);
    const nonce = keccak256(AbiCoder.defaultAbiCoder().encode(["bytes32", "uint256"], [channelId, salt]));
    const message = { from: payer.address, to: await collector.getAddress(), ...terms, nonce };
    const authorization = await payer.signTypedData(domain, RECEIVE_TYPES, message);
    const data = AbiCoder.defaultAbiCoder().encode(
      ["uint256", "uint256", "uint256", "bytes"],
      [terms.validAfter, terms.validBefore, salt, authorization],
    );
    deposits += await gasOf(channels.deposit(config, terms.value, collector, data));
    const sum = 1_000n * PRICE - BigInt(i);
    const digest = await channels.getVoucherDigest(channelId, sum);
    const { r, yParityAndS } = payer.signingKey.sign(digest);
    rows.push(concat([channelId, toBeHex(sum, 16), r, yParityAndS]));
  }
  const claim = await gasOf(channels.claimCompact(till, concat(rows)));
  const settle = await gasOf(channels.settle(till, token));

  const payer = new Wallet(keccakText("payer 0"));
  const nonce = keccakText("exact");
  const message = { from: payer.address, to: till, ...terms, value: PRICE, nonce };
  const signature = await payer.signTypedData(domain, AUTHORISATION_TYPES, message);
  const exact = await gasOf(
    token["transferWithAuthorization(address,address,uint256,uint256,uint256,bytes32,bytes)"](
      payer.address,
      till,
      PRICE,
      terms.validAfter,
      terms.validBefore,
      nonce,
      signature,
    ),
  );
  return { deposit: deposits / CLAIMED_TOGETHER, claim: claim / CLAIMED_TOGETHER, settle, exact };
}
