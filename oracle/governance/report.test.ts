import { describe, expect, it } from "vitest";
import { renderReport, reportHash } from "./report.ts";
import type { Simulation } from "./simulate.ts";

const simulation: Simulation = {
  block: 7,
  calls: [
    { what: "ModelRegistry.setRoyalty(1)", gas: 30_000n, problem: undefined, events: ["ModelRegistry.RoyaltySet(1)"] },
  ],
  differences: [{ what: "ModelRegistry.royaltyBps", before: "2", after: "1" }],
  storage: [{ what: "ModelRegistry.royaltyBps", before: "2", after: "1" }],
  roles: [{ what: "ModelRegistry.owner", before: "0xa", after: "0xa" }],
  invariants: [{ what: "till of model 1 keeps its 5 OPEN", found: "5 OPEN", holds: true }],
};

describe("reportHash", () => {
  it("is the same for the same effects at another block and price of gas, and another for any other effect", () => {
    const hash = reportHash(simulation);
    const [call] = simulation.calls;
    expect(reportHash({ ...simulation, block: 8, calls: [{ ...call!, gas: 31_000n }] })).toBe(hash);
    const others: Partial<Simulation>[] = [
      { calls: [{ ...call!, problem: "reverts" }] },
      { calls: [{ ...call!, events: [] }] },
      { differences: [] },
      { storage: [] },
      { roles: [{ what: "ModelRegistry.owner", before: "0xa", after: "0xb" }] },
      { invariants: [{ ...simulation.invariants[0]!, holds: false }] },
    ];
    const hashes = others.map((other) => reportHash({ ...simulation, ...other }));
    expect(new Set([hash, ...hashes]).size).toBe(others.length + 1);
  });
});

describe("renderReport", () => {
  it("shows a role that changes hands, and what is broken", () => {
    expect(renderReport(simulation)).toMatch(/All 1 roles stay/u);
    const other: Simulation = {
      ...simulation,
      roles: [{ what: "ModelRegistry.owner", before: "0xa", after: "0xb" }],
      invariants: [{ what: "till of model 1 keeps its 5 OPEN", found: "4 OPEN", holds: false }],
    };
    expect(renderReport(other)).toMatch(/Roles change:\n {3}ModelRegistry\.owner: 0xa → 0xb/u);
    expect(renderReport(other)).toMatch(/BROKEN till of model 1 keeps its 5 OPEN: 4 OPEN/u);
  });
});
