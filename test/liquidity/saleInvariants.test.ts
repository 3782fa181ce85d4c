import { expect } from "chai";
import fc from "fast-check";
import { connection, DAY, OPEN, type Person } from "./deployLiquidity.ts";
import { deploySale, fill, list, PRICE, type Sale, SOLD } from "./sale.ts";

const { ethers, networkHelpers } = connection;

const ACCEPTED = 1n;

/** Everything that a fill of an order can change. */
async function stateOf({ contributions, token, zone, clock }: Sale, people: readonly Person[]) {
  const { status, bond } = await contributions.contributionOf(SOLD);
  return {
    status,
    bond,
    owner: await contributions.ownerOf(SOLD),
    payee: await contributions.payeeOf(SOLD, (await clock.current()) + 1n),
    balances: await Promise.all(people.map((person) => token.balanceOf(person))),
    held: await token.balanceOf(zone),
  };
}

describe("SaleZone, whatever happens around a sale", () => {
  it("sells only what is as it was listed, to who pays its price, or nothing moves", async function () {
    this.timeout(0);
    const sale = await networkHelpers.loadFixture(deploySale);
    const { contributions, token, seaport, contributor, alice, attacker } = sale;
    const people = [contributor, alice, attacker];
    await token.connect(contributor).approve(seaport, ethers.MaxUint256);
    const charges = await ethers.getImpersonatedSigner(await contributions.harmCharges());
    await networkHelpers.setBalance(charges.address, OPEN);
    const start = await networkHelpers.takeSnapshot();

    const step = fc.record({
      what: fc.constantFrom("list", "list", "fill", "fill", "fill", "charge", "transfer", "withdraw", "wait", "revoke"),
      who: fc.nat(2),
      other: fc.nat(2),
    });
    let sold = 0;
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 8, maxLength: 20 }), async (steps) => {
        await start.restore();
        const orders: { order: Awaited<ReturnType<typeof list>>; bond: bigint; seller: number }[] = [];
        for (const { what, who, other } of steps) {
          const person = people[who]!;
          const before = await stateOf(sale, people);
          const owns = before.owner === person.address;
          if (what === "list" && owns) {
            orders.push({ order: await list(sale, person, `contribution:${SOLD}`), bond: before.bond, seller: who });
          } else if (what === "charge") await contributions.connect(charges).slashBond(SOLD, 1n, charges);
          else if (what === "transfer" && owns) {
            await contributions.connect(person).transferFrom(person, people[other]!, SOLD);
          } else if (what === "withdraw" && owns) {
            await contributions.connect(person).approve(ethers.ZeroAddress, SOLD);
          } else if (what === "wait") await networkHelpers.time.increase(DAY);
          else if (what === "revoke" && owns && before.status === ACCEPTED) {
            await contributions.connect(person).revoke(SOLD);
          }
          const chosen = orders[(orders.length - 1 - other + orders.length) % (orders.length || 1)];
          if (what !== "fill" || chosen === undefined) continue;

          const filled = await fill(sale, person, chosen.order).then(
            () => true,
            () => false,
          );
          const after = await stateOf(sale, people);
          expect(after.held).to.equal(0n);
          if (!filled) {
            refused++;
            expect(after).to.deep.equal(before);
            continue;
          }
          sold++;
          expect(after).to.include({ status: ACCEPTED, owner: person.address, payee: person.address });
          expect(after.bond >= chosen.bond).to.equal(true);
          expect(chosen.seller).to.not.equal(who);
          expect(after.balances[chosen.seller]! - before.balances[chosen.seller]!).to.equal(PRICE);
          expect(before.balances[who]! - after.balances[who]!).to.equal(PRICE);
        }
      }),
      { numRuns: 20 },
    );
    expect(sold).to.be.greaterThan(3);
    expect(refused).to.be.greaterThan(5);
  });
});
