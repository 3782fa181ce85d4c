import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { InputError } from "../common/errors.ts";
import { exampleEnvironment } from "./example.ts";
import { loadConfig } from "./load.ts";

describe("loadConfig", () => {
  it("names the variable and the value it refuses", () => {
    const load = () => loadConfig({ OPENLEDGER_RPC_URL: "ftp://chain" });
    expect(load).toThrow(InputError);
    expect(load).toThrow(/OPENLEDGER_RPC_URL/);
  });

  it("never repeats a secret in an error", () => {
    try {
      loadConfig({ DATABASE_URL: "mysql://root:hunter2@db/x" });
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(InputError);
      expect((error as InputError).describe()).not.toContain("hunter2");
    }
  });

  it("reads a secret from the file that NAME_FILE names", () => {
    const path = join(mkdtempSync(join(tmpdir(), "openledger-")), "password");
    writeFileSync(path, "correct horse\n");
    expect(loadConfig({ OPENLEDGER_PASSWORD_FILE: path }).OPENLEDGER_PASSWORD).toBe("correct horse");
  });

  it("refuses a secret given twice, and a file that is not there", () => {
    expect(() => loadConfig({ OPENLEDGER_PASSWORD: "a", OPENLEDGER_PASSWORD_FILE: "b" })).toThrow(/both set/);
    expect(() => loadConfig({ OPENLEDGER_PASSWORD_FILE: "/nowhere/at/all" })).toThrow(/cannot be read/);
  });

  it("splits the peers and takes an empty variable as absent", () => {
    const config = loadConfig({ OPENLEDGER_PEERS: "http://127.0.0.1:1, http://127.0.0.1:2", REDIS_URL: "" });
    expect(config.OPENLEDGER_PEERS).toEqual(["http://127.0.0.1:1", "http://127.0.0.1:2"]);
    expect(config.REDIS_URL).toBeUndefined();
  });
});

describe(".env.example", () => {
  it("is what the schema generates", () => {
    expect(readFileSync(new URL("../../.env.example", import.meta.url), "utf8")).toBe(exampleEnvironment());
  });
});
