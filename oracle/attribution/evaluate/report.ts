import type { FidelityStudy } from "./fidelityStudy.ts";

const BAR = 240;
const ROW = 18;

/** A study as one self-contained page: fidelity per mix with its ceiling, and every contributor's share. */
export function renderReport(study: FidelityStudy): string {
  const { rightCharged, wrongCharged } = study.quality;
  const facts = [
    ["data set", study.dataset],
    ["accuracy of the version", study.accuracy.toFixed(3)],
    ["models averaged", String(study.members)],
    ["coalitions retrained", String(study.coalitions)],
    ["recipe", study.recipe],
    ["scheme", study.scheme],
    ["right contributors charged", String(rightCharged)],
    ["share of the wrong labels' bonds charged", wrongCharged.toFixed(3)],
  ];
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Payout fidelity: ${escape(study.dataset)}</title>
<style>
body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1a1a2e;background:#fff}
table{border-collapse:collapse;margin:1rem 0}td,th{padding:.2rem .8rem .2rem 0;text-align:left}td.n{text-align:right;font-variant-numeric:tabular-nums}
.hint{color:#555}rect.share{fill:#3457d5}rect.harm{fill:#c0392b}text{font-size:12px}
@media(prefers-color-scheme:dark){body{color:#e8e8f0;background:#14141f}.hint{color:#aaa}text{fill:#e8e8f0}}
</style>
<h1>Payout fidelity: ${escape(study.dataset)}</h1>
<p>How well the scores that divide a pool foretell what each contributor is worth: the correlation with Shapley values from
${study.coalitions} retrained coalitions, and the same relative to what the noise of the retrainings allows.</p>
<table>${facts.map(([name, value]) => `<tr><th>${escape(name!)}</th><td>${escape(value!)}</td></tr>`).join("")}</table>
<h2>By queries</h2>
<table><tr><th>queries</th><th>Pearson</th><th>95 %</th><th>Spearman</th><th>ceiling</th><th>corrected</th></tr>
${study.fidelity.map(mixRow).join("\n")}</table>
<h2>Contributors</h2>
<p class="hint">Share of a pool for uniform queries, against the share of the training rows; red: charged or negative on the quality rows.</p>
${shares(study)}
</html>
`;
}

function mixRow({ mix, pearson, spearman, ceiling, corrected }: FidelityStudy["fidelity"][number]): string {
  const cells = [
    pearson.estimate.toFixed(3),
    `${pearson.low.toFixed(3)} – ${pearson.high.toFixed(3)}`,
    spearman.estimate.toFixed(3),
  ];
  const all = [...cells, ceiling.toFixed(3), corrected.toFixed(3)];
  return `<tr><td>${escape(mix)}</td>${all.map((cell) => `<td class="n">${cell}</td>`).join("")}</tr>`;
}

function shares(study: FidelityStudy): string {
  const rows = study.contributors.reduce((sum, { rows: own }) => sum + own, 0);
  const largest = Math.max(...study.shares, ...study.contributors.map(({ rows: own }) => own / rows));
  const bars = study.contributors.map(({ name, rows: own }, c) => {
    const y = c * ROW;
    const share = study.shares[c]!;
    const kind = study.quality.perRow[c]! < 0 ? "harm" : "share";
    const width = (value: number): string => ((BAR * value) / largest).toFixed(1);
    return `<text x="0" y="${y + 13}">${escape(name)}</text><rect class="${kind}" x="140" y="${y + 3}" width="${width(share)}" height="7"/>
<rect x="140" y="${y + 11}" width="${width(own / rows)}" height="3" fill="#999"/><text x="${150 + BAR}" y="${y + 13}">${(100 * share).toFixed(2)} % for ${own} rows</text>`;
  });
  return `<svg width="560" height="${study.contributors.length * ROW}" role="img" aria-label="shares of the contributors">${bars.join("\n")}</svg>`;
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
