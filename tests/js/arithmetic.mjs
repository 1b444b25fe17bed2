// What in a predicate follows from the rest of it, in decimals of 28 significant digits, half to even.

import { check } from "./log.mjs";

const DIGITS = 28;
const PROPORTIONS = new Set(
  (
    "accuracy balanced_accuracy precision recall f1 f1_score f1_macro f1_micro f1_weighted auc roc_auc pr_auc " +
    "average_precision jaccard specificity sensitivity ndcg map mrr hit_rate top_k_accuracy exact_match"
  ).split(" "),
);

const abs = (n) => (n < 0n ? -n : n);
const power = (digits) => 10n ** BigInt(digits);

// A decimal is digits × 10^exponent.
function decimal(text) {
  const [, sign, whole, part = "", exponent = "0"] = /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(text) ?? [];
  check(whole, `${text} is no decimal`);
  return { digits: BigInt(`${whole}${part}`) * (sign ? -1n : 1n), exponent: Number(exponent) - part.length };
}

// The same without its last digits.
function shorter({ digits, exponent }, by) {
  if (by <= 0) return { digits, exponent };
  const unit = power(by);
  let [kept, twice] = [abs(digits) / unit, 2n * (abs(digits) % unit)];
  if (twice > unit || (twice === unit && kept % 2n)) kept += 1n;
  return { digits: digits < 0n ? -kept : kept, exponent: exponent + by };
}

const significant = (number) => shorter(number, abs(number.digits).toString().length - DIGITS);
const places = (number, count) => shorter(number, -count - number.exponent);

function minus(a, b) {
  const exponent = Math.min(a.exponent, b.exponent);
  const at = (number) => number.digits * power(number.exponent - exponent);
  return significant({ digits: at(a) - at(b), exponent });
}

function over(a, b) {
  const more = DIGITS + 2 + abs(b.digits).toString().length;
  const [top, bottom] = [abs(a.digits) * power(more), abs(b.digits)];
  // One digit more tells a half from more than a half.
  const quotient = (top / bottom) * 10n + (top % bottom ? 1n : 0n);
  const digits = a.digits < 0n === b.digits < 0n ? quotient : -quotient;
  return significant({ digits, exponent: a.exponent - b.exponent - more - 1 });
}

const inBps = ({ digits, exponent }) => ({ digits, exponent: exponent + 4 });
const compare = (a, b) => {
  const { digits } = minus(a, b);
  return digits < 0n ? -1 : digits > 0n ? 1 : 0;
};

function plain({ digits, exponent }) {
  const sign = digits < 0n ? "-" : "";
  if (exponent >= 0) return `${sign}${abs(digits) * power(exponent)}`;
  const text = abs(digits).toString().padStart(1 - exponent, "0");
  const part = text.slice(exponent).replace(/0+$/, "");
  return `${sign}${text.slice(0, exponent)}${part ? "." : ""}${part}`;
}

// A metric's value, in the one spelling that its double has.
function value(text) {
  check(plain(decimal(String(Number(text)))) === text, `${text} is not how a value is written`);
  return decimal(text);
}

function isProportion(name, ...values) {
  const [zero, one] = [decimal("0"), decimal("1")];
  return PROPORTIONS.has(name) && values.every((number) => compare(number, zero) >= 0 && compare(number, one) <= 0);
}

// In basis points; null where there is none.
function gain(name, direction, before, after) {
  const better = direction === "higher" ? minus(after, before) : minus(before, after);
  if (isProportion(name, before, after)) return places(inBps(better), 4);
  if (isProportion(name, before) !== isProportion(name, after)) return null;
  if (before.digits === 0n) return better.digits === 0n ? better : null;
  const bps = inBps(over(better, { ...before, digits: abs(before.digits) }));
  const most = decimal("1000000000000");
  return compare(bps, most) > 0 ? most : places(bps, 4);
}

export function checkArithmetic({ metrics, primary_metric: primary, policy, deltaone, counted, contributors }) {
  const zero = decimal("0");
  const same = (what, stated, found) => check(stated === found, `${what} is stated as ${stated} and is ${found}`);
  for (const row of metrics) {
    same(`the delta of ${row.name}`, row.delta, plain(minus(value(row.candidate), value(row.baseline))));
  }
  const rows = metrics.filter((row) => row.name === primary.name);
  same("the primary metric's number of rows", rows.length, 1);
  const [before, after] = [value(rows[0].baseline), value(rows[0].candidate)];
  const proportion = isProportion(primary.name, before, after);
  same("is_proportion", primary.is_proportion, proportion);
  const score = (number) => (proportion ? Number(plain(places(inBps(number), 0))) : 0);
  same("the baseline's score", primary.baseline_score_bps, score(before));
  same("the candidate's score", primary.candidate_score_bps, score(after));
  same("the row's direction", rows[0].direction, primary.direction);
  same("the policy's direction", policy.direction, primary.direction);
  const gained = gain(primary.name, primary.direction, before, after);
  check(gained && compare(gained, zero) > 0, `${primary.name} did not improve`);
  same("the gain", deltaone.gain_bps, plain(gained));
  same("the verdict", deltaone.achieved, compare(gained, decimal(`${policy.deltaone_threshold_bps}`)) >= 0);
  check(compare(decimal(counted.gain_bps), zero) >= 0, "the counted gain is below zero");
  const weights = contributors.reduce((sum, row) => sum + row.weight_bps, 0);
  if (contributors.length) same("the weights' total", weights, 10000);
}
