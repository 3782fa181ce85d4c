import type { Chain } from "../rewards/measureGas.ts";
import { CAPS, deployRegistries, partsOf } from "./deployRegistries.ts";

/** Contributions on a chain: none yet, or two accepted of three. */
export function createContributions({ ethers, networkHelpers }: Chain) {
  /** Two signers stand for the contracts that decide submissions and charge harm. */
  async function fixture() {
    const registries = await deployRegistries(ethers);
    const [, , , , , , review, harm] = await ethers.getSigners();
    if (review === undefined || harm === undefined) throw new Error("Needs 8 accounts.");
    await registries.contributions.setReview(review);
    await registries.contributions.setHarmCharges(harm);
    return { ...registries, review, harm };
  }

  /** Three contributions, the first two accepted. */
  async function accepted() {
    const loaded = await fixture();
    const { contributions, contributor, review } = loaded;
    await contributions.connect(contributor).submit(1, partsOf(3), "ipfs://parts", CAPS);
    await contributions.connect(review).resolve(1, 0b011n, [], []);
    return loaded;
  }

  return {
    load: () => networkHelpers.loadFixture(fixture),
    loadAccepted: () => networkHelpers.loadFixture(accepted),
  };
}
