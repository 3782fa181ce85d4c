import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { InputError } from "../common/errors.ts";
import { settingsOfFile } from "./configFile.ts";

function directoryWith(text: string, name = "openledger.config"): string {
  const directory = mkdtempSync(join(tmpdir(), "openledger-config-"));
  writeFileSync(join(directory, name), text);
  return directory;
}

describe("openledger.config", () => {
  it("is not needed, but one that is named has to be there", () => {
    const directory = directoryWith("", "another");
    expect(settingsOfFile({}, directory)).toEqual({});
    expect(() => settingsOfFile({ OPENLEDGER_CONFIG: "missing" }, directory)).toThrow(/does not exist/u);
    writeFileSync(join(directory, "another"), "LOG_LEVEL=warn\n");
    expect(settingsOfFile({ OPENLEDGER_CONFIG: "another" }, directory)).toEqual({ LOG_LEVEL: "warn" });
  });

  it("refuses a name that is no setting, and says where", () => {
    const directory = directoryWith("OPENLEDGER_RPC=http://127.0.0.1:1\n");
    expect(() => settingsOfFile({}, directory)).toThrow(InputError);
    expect(() => settingsOfFile({}, directory)).toThrow(join(directory, "openledger.config"));
  });

  it("gives what the environment does not decide, also where it decides for nothing", () => {
    const directory = directoryWith("# mine\nOPENLEDGER_CHAIN_ID=10\nOPENLEDGER_RPC_URL='http://a'\nLOG_LEVEL=debug\n");
    expect(settingsOfFile({ OPENLEDGER_CHAIN_ID: "1", LOG_LEVEL: "" }, directory)).toEqual({
      OPENLEDGER_RPC_URL: "http://a",
    });
  });

  it("leaves the key of the file out where the environment has another", () => {
    const directory = directoryWith("OPENLEDGER_KEYSTORE=key.json\nOPENLEDGER_PASSWORD_FILE=password\n");
    expect(settingsOfFile({ OPENLEDGER_DEV_ACCOUNT: "7", OPENLEDGER_PASSWORD: "x" }, directory)).toEqual({});
  });

  it("starts the paths in it from its own folder", () => {
    const directory = directoryWith("OPENLEDGER_KEYSTORE=key.json\nOPENLEDGER_STATE_DIR=/srv/state\n");
    expect(settingsOfFile({}, directory)).toEqual({
      OPENLEDGER_KEYSTORE: join(directory, "key.json"),
      OPENLEDGER_STATE_DIR: "/srv/state",
    });
  });
});
