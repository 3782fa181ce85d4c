import { defaultScheme } from "../../oracle/attribution/scheme.ts";
import { loadScenario } from "../../oracle/economy/plan/loadScenario.ts";
import type { Example } from "../../oracle/data/example.ts";
import { defaultRecipe } from "../../oracle/jobs/defaultRecipe.ts";
import { encodeInputs, encodingOf, inputOf } from "../../oracle/jobs/trainingData.ts";
import type { Registered } from "../../oracle/jobs/indexedDatanets.ts";
import { versionData } from "../../oracle/jobs/versionData.ts";
import type { VersionWork } from "../../oracle/jobs/versionFingerprint.ts";

const CHOICE = { seed: 1, members: 4, epochs: 2, parentVersionId: null };
/** Fewer columns than contributions, so that the basis is fitted and not the contributions themselves. */
const RANK = 32;
const QUESTIONS = 100;

/** The first Datanet of `npm start`, one contribution per contributor and label, with a shorter training. */
export function demoVersion(): VersionWork {
  const { contributors, quality, test } = loadScenario({ skipBad: false })[0]!;
  const contributions = contributors.flatMap(({ examples }) =>
    distinctLabels(examples).map((label) => examples.filter((example) => example.label === label)),
  );
  const labels = distinctLabels([...contributions.flat(), ...quality]).sort();
  const encoding = encodingOf(test);
  const recipe = defaultRecipe(inputOf(encoding, test), labels.length, CHOICE);
  const plan = { format: "openledger-plan/1" as const, recipe, encoding, labels, parentVersionId: null };
  return {
    recipe,
    scheme: { ...defaultScheme(test[0]!.kind), rank: RANK },
    data: versionData(
      plan,
      [1n],
      contributions.map((examples, c) => registered(BigInt(c + 1), examples)),
      [registered(BigInt(contributions.length + 1), quality)],
    ),
    questions: encodeInputs(encoding, test.slice(0, QUESTIONS)),
  };
}

function registered(contributionId: bigint, examples: readonly Example[]): Registered<Example> {
  return { contribution: { contributionId, datanetId: 1n, contributor: "anybody" }, examples };
}

function distinctLabels(examples: readonly Example[]): string[] {
  return [...new Set(examples.map(({ label }) => label))];
}
