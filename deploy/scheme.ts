import { defaultChatScheme } from "../oracle/attribution/chat/chatScheme.ts";
import { defaultPassagesScheme } from "../oracle/attribution/passages/passagesScheme.ts";
import { defaultQuotesScheme } from "../oracle/attribution/quotes/quotesScheme.ts";
import { defaultScheme, schemeId } from "../oracle/attribution/scheme.ts";

/**
 * The attribution schemes that model versions may name from the first day on, of texts, of images, of answers made of passages, and of answers that are written; governance
 * allows others.
 */
export const SCHEME_IDS = [
  schemeId(defaultScheme("text")),
  schemeId(defaultScheme("image")),
  schemeId(defaultPassagesScheme()),
  schemeId(defaultChatScheme()),
  schemeId(defaultQuotesScheme()),
] as const;
