import { keccak256, toUtf8Bytes } from "ethers";
import { changed, type Difference, type Simulation } from "./simulate.ts";

/** Binds a description to what its simulation showed. */
export function reportHash({ calls, differences, storage, roles, invariants }: Simulation): string {
  const lines = [
    ...calls.map(({ what, problem, events }) => [what, problem ?? "succeeds", ...events].join("\n")),
    ...Object.entries({ shows: differences, stores: storage, role: roles }).flatMap(([kind, changes]) =>
      changes.map(({ what, before, after }) => `${kind} ${what}: ${before} -> ${after}`),
    ),
    ...invariants.map(({ what, holds }) => `${what}: ${holds}`),
  ];
  return keccak256(toUtf8Bytes(lines.join("\n")));
}

/** What a simulation showed, for people. */
export function renderReport({ block, calls, differences, storage, roles, invariants }: Simulation): string {
  const line = ({ what, before, after }: Difference) => `   ${what}: ${before} → ${after}`;
  const others = roles.filter(changed);
  return [
    `Simulated on a copy of block ${block}:`,
    ...calls.flatMap(({ what, gas, problem, events }, i) => [
      `${i + 1}. ${what}: ${problem === undefined ? `succeeds, ${gas} gas` : `REVERTS, ${problem}`}`,
      ...events.map((event) => `   emits ${event}`),
    ]),
    differences.length === 0 ? "No value that a contract shows changes." : "What contracts show changes:",
    ...differences.map(line),
    storage.length === 0 ? "No named value that a contract stores changes." : "What contracts store changes:",
    ...storage.map(line),
    others.length === 0 ? `All ${roles.length} roles stay with who holds them.` : "Roles change:",
    ...others.map(line),
    "What has to hold:",
    ...invariants.map(({ what, found, holds }) => `   ${holds ? "holds " : "BROKEN"} ${what}: ${found}`),
  ].join("\n");
}
