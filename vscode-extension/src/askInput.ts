/** The request `bn-lint/askInput`: the server asks the person for a line of text, such as the input shape of a model. */

import { type CancellationToken, window } from "vscode";
import type { LanguageClient, StaticFeature } from "vscode-languageclient/node";

interface AskInputParams {
  title?: string;
  prompt: string;
  /** What stands in the box to begin with. */
  value?: string;
  placeholder?: string;
  /** A regular expression that the answer must match as a whole, and what to say if it does not. */
  pattern?: string;
  patternMessage?: string;
}

/** Answers the request with the text, or null if the person dismissed the box. */
export function registerAskInput(client: LanguageClient): void {
  client.registerFeature(announce);
  client.onRequest("bn-lint/askInput", async (params: AskInputParams, token: CancellationToken) => {
    const allowed = params.pattern === undefined ? undefined : new RegExp(`^(?:${params.pattern})$`);
    const answer = await window.showInputBox(
      {
        prompt: params.prompt,
        ignoreFocusOut: true,
        ...(params.title !== undefined && { title: params.title }),
        ...(params.value !== undefined && { value: params.value }),
        ...(params.placeholder !== undefined && { placeHolder: params.placeholder }),
        validateInput: (text) =>
          allowed === undefined || allowed.test(text.trim()) ? undefined : (params.patternMessage ?? `Must match ${params.pattern}`),
      },
      token,
    );
    return answer?.trim() ?? null;
  });
}

/** Tells the server that it may ask: `capabilities.experimental.askInput`. */
const announce: StaticFeature = {
  fillClientCapabilities: (capabilities) => {
    capabilities.experimental = { ...(capabilities.experimental as object | undefined), askInput: true };
  },
  initialize: () => undefined,
  getState: () => ({ kind: "static" }),
  clear: () => undefined,
};
