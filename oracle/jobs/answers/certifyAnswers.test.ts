import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { parseCertificate, requireCertificateOf } from "../../attribution/evaluate/certificate.ts";
import { ContentError, InputError } from "../../common/errors.ts";
import { documentExample, pairExample } from "../../data/written/written.ts";
import { createBaseEncoders } from "../bases/baseEncoders.ts";
import { createContentFiles } from "../contentFiles.ts";
import { contributedWriting } from "../testing/contributedWriting.ts";
import type { Contributed } from "../versionTask.ts";
import { type AnswersManifest, getManifest } from "../versionFiles.ts";
import { getAnswerWeights } from "./answersPlan.ts";
import { requireCertifiableAnswers } from "./certifyAnswers.ts";
import { trainAnswers } from "./publishAnswers.ts";

const folder = mkdtempSync(join(tmpdir(), "openledger-certify-answers-"));
afterAll(() => {
  rmSync(folder, { recursive: true });
});
const content = createContentFiles(join(folder, "content"), []);
const context = { content, bases: createBaseEncoders(content, join(folder, "vectors")) };
const choice = { seed: 1, members: 1, epochs: 2, parentVersionId: null };

const [language, source] = ["en", "test"];
/** A made-up word of six letters for each number: no two passages share one. */
const word = (n: number) =>
  Array.from({ length: 6 }, (_, i) => String.fromCharCode(97 + (Math.floor((n * 48_271) / 7 ** i) % 26))).join("");
const text = (passage: number) => Array.from({ length: 8 }, (_, i) => word(8 * passage + i)).join(" ");
/** Asks for a passage by three of its words. */
const asked = (passage: number, from: number) => {
  const question = text(passage)
    .split(" ")
    .slice(from, from + 3)
    .join(" ");
  return pairExample({ question, passage: text(passage), language, source });
};
const everything = Array.from({ length: 21 }, (_, passage) => passage);

/** Contributor i holds i + 1 of the passages; questions are asked about all of them. */
function unequal(contributors: number): Contributed {
  let next = 0;
  const held = Array.from({ length: contributors }, (_, i) =>
    Array.from({ length: i + 1 }, () => documentExample({ text: text(next++), language, source })),
  );
  const { train, ...rest } = contributedWriting(
    held,
    everything.map((passage) => asked(passage, 4)),
  );
  return {
    ...rest,
    train: train.map((one, i) => ({ ...one, contribution: { ...one.contribution, contributor: `0x${i}` } })),
  };
}

const test = everything.map((passage) => asked(passage, 0));

describe("certifying a version that answers with passages", () => {
  it("is refused without test questions, with few contributors, and for too few coalitions", () => {
    const data = unequal(6);
    expect(() => requireCertifiableAnswers(data, [], 30)).toThrow(InputError);
    const documents = [documentExample({ text: "No question.", language, source })];
    expect(() => requireCertifiableAnswers(data, documents, 30)).toThrow(/questions to be measured on/u);
    expect(() => requireCertifiableAnswers(unequal(4), test, 30)).toThrow(/more contributors/u);
    expect(() => requireCertifiableAnswers(data, test, 13)).toThrow(/number of coalitions/u);
  });

  it("measures what contributors are worth by searching again without them, and binds it to the version", async () => {
    const certify = { coalitions: 40, folder };
    const { certificate, uri } = await trainAnswers(context, [1n], unequal(6), choice, test, certify);
    const manifest = (await getManifest(content, uri)) as AnswersManifest;
    expect(parseCertificate(await content.get(manifest.certificate!))).toEqual(certificate);
    const { study, certificateBps } = certificate!;
    expect(study.contributors.map(({ rows }) => rows)).toEqual([1, 2, 3, 4, 5, 6]);
    // who holds more of what is asked is worth more, and scores say so
    expect(study.contributors.map(({ value }) => value)).toEqual(
      study.contributors.map(({ value }) => value).toSorted((a, b) => a - b),
    );
    expect(study.accuracy).toBe(1);
    expect(study.fidelity[0]!.pearson.estimate).toBeGreaterThan(0.95);
    expect(certificateBps).toBeGreaterThan(9_000);

    const version = {
      ...{ recipe: manifest.plan.recipe, scheme: manifest.scheme },
      models: await getAnswerWeights(content, manifest),
    };
    expect(() => requireCertificateOf(certificate!, version)).not.toThrow();
    const another = { ...version, recipe: { ...version.recipe, seed: 2 } };
    expect(() => requireCertificateOf(certificate!, another)).toThrow(ContentError);
  });
});
