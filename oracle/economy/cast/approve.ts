import type { Party } from "./party.ts";
import { act, type Scene } from "./scene.ts";

/** Lets a contract take OPEN from the party. */
export async function approve(scene: Scene, party: Party, spender: string): Promise<void> {
  const { OpenToken } = scene.contracts;
  await act(party, {
    key: `approve:${party.address}:${spender}`,
    kind: "approve OPEN",
    contract: OpenToken,
    data: OpenToken.interface.encodeFunctionData("approve", [spender, 2n ** 256n - 1n]),
    gasLimit: 100_000n,
  });
}
