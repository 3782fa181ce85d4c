import { writeFileSync } from "node:fs";
import { encryptKeystoreJson, Wallet } from "ethers";
import { withFileErrors } from "../common/fileErrors.ts";
import { AccessError } from "../common/errors.ts";
import { loadConfig } from "../config/load.ts";
import { createOutput } from "./output.ts";
import { parseNewFile } from "./parse.ts";
import type { AddCommand } from "./program.ts";

/** Readable by nobody else. */
const PRIVATE = 0o600;

/** `openledger key new`: a key of your own in an encrypted file. */
export const keyCommand: AddCommand = (program) => {
  program
    .command("key")
    .description("make keys")
    .command("new")
    .description("write a new key into an encrypted JSON keystore, which every command takes as --keystore")
    .argument("<file>", "file to write; one that is there is never replaced", parseNewFile)
    .option("--password-file <file>", "file that holds the password to encrypt it with (OPENLEDGER_PASSWORD_FILE)")
    .action(async (file: string, { passwordFile }: { readonly passwordFile?: string }) => {
      const environment: Record<string, string | undefined> = { ...process.env };
      if (passwordFile !== undefined) {
        environment["OPENLEDGER_PASSWORD_FILE"] = passwordFile;
        delete environment["OPENLEDGER_PASSWORD"];
      }
      const { OPENLEDGER_PASSWORD: password } = loadConfig(environment);
      if (password === undefined) {
        throw new AccessError("the new key has no password", {
          limit: "a file that holds a password",
          remedy: "Give --password-file, or set OPENLEDGER_PASSWORD_FILE.",
        });
      }
      const { address, privateKey } = Wallet.createRandom();
      const keystore = await encryptKeystoreJson({ address, privateKey }, password);
      // "wx": a key that is overwritten is lost with all that it owns
      withFileErrors(file, () => writeFileSync(file, `${keystore}\n`, { flag: "wx", mode: PRIVATE }));
      createOutput(program.opts<{ json: boolean }>().json).result({ address, file }, () =>
        [`${address} in ${file}`, "Keep the file and its password apart: without either the key is lost."].join("\n"),
      );
    });
};
