import { writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { developmentWallet } from "../../oracle/chain/wallet.ts";
import { freePorts, openledger, withDirectory } from "./startUp.ts";

const wei = z.string().transform(BigInt);
const resultSchema = z.object({
  rootHash: z.string(),
  contributors: z.array(z.object({ name: z.string(), account: z.string(), earned: wei })),
  consumption: z.array(z.object({ inferences: z.number(), paid: wei })),
  books: z.object({
    feesIn: wei,
    feesBeside: wei,
    bondsCharged: wei,
    protocol: wei,
    owners: wei,
    compute: wei,
    stakers: wei,
    curators: wei,
    contributors: wei,
    inTills: wei,
    claimed: wei,
    unclaimed: wei,
    unsettled: wei,
    dust: wei,
    balanced: z.boolean(),
  }),
  beside: z.array(z.object({ what: z.string(), count: z.number() })),
});
const paidSchema = z.object({ receipt: z.object({ fee: wei }) });

/** How many commands users run before the state is resumed. */
const COMMANDS = Number(process.env["OPENLEDGER_COMMANDS"] ?? 100);
/** What every status of a command means but that the program itself is at fault. */
const STATUSES = [0, 64, 65, 66, 69, 75, 76, 77];

describe("openledger up --state, after users of their own", () => {
  it("goes on with balanced books, keeps what they did and shows it", async () => {
    await withDirectory(async (state) => {
      const [, port, , apiPort] = (await freePorts()) as [string, string, string, string];
      const ports = ["--port", port, "--api-port", apiPort];
      const args = ["--json", "up", "--inferences", "60", "--members", "1", "--state", state, ...ports];
      const up = openledger(args);
      const before = resultSchema.parse(JSON.parse(await up.until((output) => output.endsWith("}\n"))));
      expect(before.beside).toEqual([]);

      const api = `http://127.0.0.1:${apiPort}`;
      const gateway = `http://127.0.0.1:${Number(apiPort) + 3}`;
      const chain = ["--rpc", `http://127.0.0.1:${port}`, "--deployment", `local-up-${port}`];
      const file = join(state, "rows.jsonl");
      writeFileSync(
        file,
        '{"text":"where is my card","label":"card_arrival"}\n{"text":"refund me","label":"refund"}\n',
      );
      const account = fc.integer({ min: 12, max: 17 }).map((index) => ["--dev-account", `${index}`]);
      const id = fc.integer({ min: 1, max: 4 }).map(String);
      const command = fc.oneof(
        {
          weight: 4,
          arbitrary: fc
            .tuple(fc.integer({ min: 1, max: 2 }), account)
            .map(([model, as]) => ["infer", `${model}`, "where is my card", "--provider", gateway, ...chain, ...as]),
        },
        fc
          .tuple(
            fc
              .string({ unit: "binary", minLength: 1, maxLength: 12 })
              .filter((name) => name.isWellFormed() && !/[\0-]/u.test(name)),
            account,
          )
          .map(([name, as]) => ["datanet", "create", name, ...chain, ...as]),
        fc
          .tuple(id, account)
          .map(([datanet, as]) => [
            "contribute",
            "--datanet",
            datanet,
            "--file",
            file,
            "--state",
            join(state, "publisher"),
            ...chain,
            ...as,
          ]),
        fc.tuple(id, account).map(([model, as]) => ["sweep", model, ...chain, ...as]),
        fc.tuple(id, account).map(([version, as]) => ["charge", version, "--api", api, ...chain, ...as]),
        fc
          .tuple(
            fc.constantFrom(...before.contributors.map((row) => row.account), developmentWallet(12).address),
            account,
          )
          .map(([whom, as]) => ["claim", whom, "--api", api, ...chain, ...as]),
        fc
          .tuple(fc.integer({ min: 7, max: 9 }), fc.integer({ min: 1, max: 60 }))
          .map(([validator, submission]) => [
            "review",
            "commit",
            `${submission}`,
            "--approve",
            "all",
            ...chain,
            "--dev-account",
            `${validator}`,
          ]),
        fc
          .tuple(fc.integer({ min: 1, max: 60 }), account)
          .map(([contribution, as]) => ["contribute", "--revoke", `${contribution}`, ...chain, ...as]),
      );
      const seed = Number(process.env["OPENLEDGER_SEED"] ?? Date.now() % 1_000_000);
      const done = new Map<string, number>();
      let paid = 0n;
      for (const words of fc.sample(command, { seed, numRuns: COMMANDS })) {
        const { status, output, errors } = await openledger(["--json", ...words]).finished;
        expect({ seed, words, status, errors }).toMatchObject({ status: expect.toBeOneOf(STATUSES) as number });
        if (status !== 0) continue;
        const name = words[0] === "datanet" ? "Datanets created" : words[0]!;
        done.set(name, 1 + (done.get(name) ?? 0));
        if (words[0] === "infer") paid += paidSchema.parse(JSON.parse(output)).receipt.fee;
      }
      up.child.kill("SIGINT");
      expect((await up.finished).status).toBe(0);

      const resumed = await openledger([...args, "--once"]).finished;
      expect({ seed, errors: resumed.errors, status: resumed.status }).toEqual({ seed, errors: "", status: 0 });
      const after = resultSchema.parse(JSON.parse(resumed.output));
      const { books, beside } = after;
      expect(books.balanced).toBe(true);
      expect(books.feesBeside).toBe(paid);
      expect(books.feesIn).toBe(before.books.feesIn + paid);
      expect(books.feesIn).toBe(
        books.protocol +
          books.owners +
          books.compute +
          books.stakers +
          books.curators +
          books.contributors +
          books.inTills,
      );
      expect(books.contributors).toBe(books.claimed + books.unclaimed + books.unsettled);
      expect(books.dust).toBe(0n);
      expect(after).toMatchObject({
        rootHash: before.rootHash,
        contributors: before.contributors,
        consumption: before.consumption,
      });
      const shown = new Map(beside.map(({ what, count }) => [what, count]));
      expect(shown.get("payments into tills") ?? 0).toBe(done.get("infer") ?? 0);
      expect(shown.get("Datanets created") ?? 0).toBe(done.get("Datanets created") ?? 0);
      expect(shown.get("tills swept") ?? 0).toBe(done.get("sweep") ?? 0);
    });
  });
});
