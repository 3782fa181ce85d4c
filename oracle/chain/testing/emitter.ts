import { AbiCoder, Interface } from "ethers";
import type { JsonRpcProvider } from "../provider.ts";

/** Emits the topic of the first word of its calldata with the second word as data. */
const CODE = "0x6020602060003760003560206000a100";

export const EMITTER = "0x00000000000000000000000000000000000000EE";
export const emitted = new Interface(["event Paid(uint256 amount)"]);
export const EMITTER_SOURCE = { name: "Till", address: EMITTER, interface: emitted } as const;

/** A contract on the local chain that emits `Paid` to whoever asks for it. */
export async function deployEmitter(provider: JsonRpcProvider): Promise<void> {
  await provider.send("hardhat_setCode", [EMITTER, CODE]);
}

/** Makes one block with an event for each of the amounts. */
export async function mineEvents(provider: JsonRpcProvider, amounts: readonly number[]): Promise<void> {
  const [from] = (await provider.send("eth_accounts", [])) as string[];
  await provider.send("evm_setAutomine", [false]);
  for (const amount of amounts) {
    const word = AbiCoder.defaultAbiCoder().encode(["uint256"], [amount]).slice(2);
    const data = `${emitted.getEvent("Paid")!.topicHash}${word}`;
    await provider.send("eth_sendTransaction", [{ from, to: EMITTER, data, gas: "0x186a0" }]);
  }
  await provider.send("evm_mine", []);
  await provider.send("evm_setAutomine", [true]);
}
