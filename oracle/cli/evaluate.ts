import { addAnswers } from "./evaluate/answers.ts";
import { addCharges } from "./evaluate/charges.ts";
import { addFidelity } from "./evaluate/fidelity.ts";
import { addLanguage } from "./evaluate/language.ts";
import { addLds } from "./evaluate/lds.ts";
import { addLeaveOut } from "./evaluate/leaveOut.ts";
import { addMislabel } from "./evaluate/mislabel.ts";
import { addRemoval } from "./evaluate/removal.ts";
import { addScores } from "./evaluate/scores.ts";
import type { AddCommand } from "./program.ts";

/** `openledger evaluate`: how good scores are, measured by retraining. */
export const evaluateCommand: AddCommand = (program) => {
  const evaluate = program.command("evaluate").description("measure how good attribution scores are, by retraining");
  addFidelity(program, evaluate);
  addAnswers(program, evaluate);
  addLeaveOut(program, evaluate);
  addLds(program, evaluate);
  addLanguage(program, evaluate);
  addRemoval(program, evaluate);
  addMislabel(program, evaluate);
  addCharges(program, evaluate);
  addScores(evaluate);
};
