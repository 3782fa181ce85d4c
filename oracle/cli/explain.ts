import { accountExplanation, contributionExplanation, earningAnswers, receiptExplanation } from "../api/schemas.ts";
import { InputError, OpenLedgerError } from "../common/errors.ts";
import { withPrintableStrings } from "../common/printable.ts";
import { ID_TEXT } from "../common/idText.ts";
import { addApiOption, askApi } from "./apiClient.ts";
import { renderAccount } from "./explanation/account.ts";
import { renderAnswers } from "./explanation/answers.ts";
import { renderContribution } from "./explanation/contribution.ts";
import { renderReceipt } from "./explanation/receipt.ts";
import { createOutput } from "./output.ts";
import { parseAddress } from "./parse.ts";
import type { AddCommand } from "./program.ts";

/** `openledger explain`: why did this wallet get this amount? */
export const explainCommand: AddCommand = (program) => {
  addApiOption(program.command("explain"))
    .description("what an account, a contribution or a paid answer earned, from which data, and why")
    .argument("<what>", "an address, a contribution's id, or a receipt: the id of its payment, or channel:cumulative")
    .option("--root <hash>", "the root to explain", "latest")
    .option("--formula", "also show every step from features to wei, with its integers", false)
    .option("--no-answers", "do not name the paid answers that an account or a contribution earned by")
    .action(async (what: string, { api, root, formula, answers }: ExplainOptions) => {
      const { value, text } = await explain(api, what, root, formula);
      const earning = answers ? await answersFor(api, what, root) : undefined;
      createOutput(program.opts<{ json: boolean }>().json).result({ ...value, ...earning?.value }, () =>
        earning === undefined ? text : `${text}\n\n${earning.text}`,
      );
    });
};

interface ExplainOptions {
  readonly api: string;
  readonly root: string;
  readonly formula: boolean;
  readonly answers: boolean;
}

/** The paid answers that an account or a contribution earned by; undefined for a receipt, which is one itself. */
async function answersFor(api: string, what: string, root: string) {
  const whose = ID_TEXT.test(what)
    ? `contributions/${what}`
    : /^0x[0-9a-fA-F]{40}$/u.test(what)
      ? `accounts/${parseAddress(what)}`
      : undefined;
  if (whose === undefined) return undefined;
  try {
    const { answers } = await askApi(api, `/v1/${whose}/answers?root=${encodeURIComponent(root)}`, earningAnswers);
    return inWords({ answers }, ({ answers: earning }) => renderAnswers(earning));
  } catch (error) {
    // the operator asks the model again for it; what was earned does not depend on that
    if (!(error instanceof OpenLedgerError)) throw error;
    return { value: {}, text: `The paid answers that it earned by cannot be named: ${error.describe()}` };
  }
}

/** What an operator says of an account, a contribution or a receipt, and the same in words. */
export async function explain(
  api: string,
  what: string,
  root: string,
  formula = false,
): Promise<{ value: object; text: string }> {
  const query = `?root=${encodeURIComponent(root)}`;
  if (/^0x[0-9a-fA-F]{64}(:[1-9]\d{0,77})?$/u.test(what)) {
    const path = `/v1/receipts/${what.toLowerCase()}/explanation${query}`;
    return inWords(await askApi(api, path, receiptExplanation), renderReceipt);
  }
  if (ID_TEXT.test(what)) {
    const path = `/v1/contributions/${what}/explanation${query}`;
    return inWords(await askApi(api, path, contributionExplanation), (value) => renderContribution(value, formula));
  }
  if (/^0x[0-9a-fA-F]{40}$/u.test(what)) {
    const path = `/v1/accounts/${parseAddress(what)}/explanation${query}`;
    return inWords(await askApi(api, path, accountExplanation), (value) => renderAccount(value, formula));
  }
  throw new InputError("this can be neither an account, nor a contribution, nor a receipt", {
    value: what,
    limit:
      "an address (0x and 40 digits), a contribution's id, or a payment id (0x and 64 digits, of a channel :cumulative)",
    remedy: "npx openledger explain --help",
  });
}

function inWords<T extends object>(value: T, render: (value: T) => string): { value: T; text: string } {
  return { value, text: render(withPrintableStrings(value)) };
}
