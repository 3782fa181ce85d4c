import { spawnSync } from "node:child_process";
import { expect, it } from "vitest";
import { REPOSITORY } from "../../oracle/chain/artifacts.ts";

it("every contract fits into one as production compiles it", () => {
  const { stdout, status } = spawnSync(process.execPath, ["scripts/sizes.mjs"], { cwd: REPOSITORY, encoding: "utf8" });
  expect(stdout).not.toContain("FAIL");
  expect(stdout.match(/^ok {3}\w+ \d+ of 24576 bytes/gmu)?.length).toBeGreaterThan(5);
  expect(status).toBe(0);
});
