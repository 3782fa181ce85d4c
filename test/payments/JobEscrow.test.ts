import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { expect } from "chai";
import { Contract, id } from "ethers";
import { network } from "hardhat";
import { jobPaymentId } from "../../oracle/jobs/sweptRevenue.ts";
import { deployRunning } from "./deployMarket.ts";

const { ethers, networkHelpers } = await network.create({ network: "default", chainType: "op" });
const OPEN = 10n ** 18n;
const DAY = 86_400;
const [FUNDED, COMPLETED, EXPIRED] = [1n, 3n, 5n];

/** As ERC-8183 has it: whoever knows the standard, and nothing of this contract, can use it. */
const STANDARD = [
  "function createJob(address provider, address evaluator, uint256 expiredAt, string description, address hook) returns (uint256 jobId)",
  "function setProvider(uint256 jobId, address provider, bytes optParams)",
  "function setBudget(uint256 jobId, uint256 amount, bytes optParams)",
  "function fund(uint256 jobId, uint256 expectedBudget, bytes optParams)",
  "function submit(uint256 jobId, bytes32 deliverable, bytes optParams)",
  "function complete(uint256 jobId, bytes32 reason, bytes optParams)",
  "function reject(uint256 jobId, bytes32 reason, bytes optParams)",
  "function claimRefund(uint256 jobId)",
];

/** A job of the client's for model 1, of 100 OPEN, that is funded. */
async function funded() {
  const world = await deployRunning(ethers);
  const { token, clock, models, market, curator: client } = world;
  const escrow = await ethers.deployContract("JobEscrow", [token, clock, models, market]);
  const standardOf = (signer: HardhatEthersSigner) => new Contract(escrow.target, STANDARD, signer);
  const standard = standardOf(client);
  await token.connect(world.timelock).transfer(client, 100n * OPEN);
  await token.connect(client).approve(escrow, 100n * OPEN);
  const till = await market.tillOf(1n);
  const expiredAt = (await networkHelpers.time.latest()) + DAY;
  await standard["createJob"]!(till, client, expiredAt, "sort the files", ethers.ZeroAddress);
  await standard["setBudget"]!(1n, 100n * OPEN, "0x");
  await standard["fund"]!(1n, 100n * OPEN, "0x");
  return { ...world, client, escrow, standard, standardOf, till, expiredAt };
}
const load = () => networkHelpers.loadFixture(funded);

describe("an escrowed job", () => {
  it("pays nobody, and nobody's word but the evaluator's, before it is judged", async () => {
    const { escrow, token, provider, standardOf, till } = await load();
    const asProvider = standardOf(provider);
    await expect(asProvider["complete"]!(1n, id("good"), "0x"))
      .revertedWithCustomError(escrow, "JobInState")
      .withArgs(1n, FUNDED);
    await escrow.connect(provider).submitForTill(1n, 1n, id("receipts"));
    await expect(asProvider["complete"]!(1n, id("good"), "0x"))
      .revertedWithCustomError(escrow, "JobUnauthorized")
      .withArgs(1n, provider.address);
    await expect(escrow.claimRefund(1n)).revertedWithCustomError(escrow, "JobNotExpired");
    expect(await token.balanceOf(till)).equal(0n);
    expect(await token.balanceOf(escrow)).equal(100n * OPEN);
  });

  it("becomes revenue of the model's till, and of its contributors, by the evaluator's word", async () => {
    const { clock, distributor, escrow, market, provider, standard, till } = await load();
    await expect(escrow.connect(provider).submitForTill(1n, 1n, id("receipts")))
      .emit(escrow, "JobSubmitted")
      .withArgs(1n, till, id("receipts"));
    await expect(standard["complete"]!(1n, id("good"), "0x"))
      .emit(escrow, "PaymentReleased")
      .withArgs(1n, till, 100n * OPEN);
    expect((await escrow.getJob(1n)).status).equal(COMPLETED);
    const pool = await clock.current().then((epoch) => distributor.poolOf(1n, epoch));
    await market.sweep(1n);
    expect((await distributor.poolOf(1n, await clock.current())) > pool).equal(true);
  });

  it("goes back to its client when nobody has judged it, whoever asks", async () => {
    const { client, escrow, expiredAt, provider, token } = await load();
    await escrow.connect(provider).submitForTill(1n, 1n, id("receipts"));
    await networkHelpers.time.increaseTo(expiredAt);
    const before = await token.balanceOf(client);
    await escrow.connect(provider).claimRefund(1n);
    expect((await escrow.getJob(1n)).status).equal(EXPIRED);
    expect((await token.balanceOf(client)) - before).equal(100n * OPEN);
  });

  it("has the name by which operators find its payment", async () => {
    const { escrow } = await load();
    expect(await escrow.paymentIdOf(7n)).equal(jobPaymentId(escrow.target as string, 7n));
  });
});
