import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import * as z from "zod";
import { DAY } from "../lib/clock.ts";
import { NEWEST_EMAIL_RULES } from "../lib/email.ts";
import { RENDERER, templateToHtml } from "../lib/markdown.ts";
import { diamondGapDays } from "../measures/rules.ts";
import { PARLIAMENTS } from "../recipients/parliaments/index.ts";
import { fillHoles, splitFrontMatter } from "./markdown.ts";

const folder = path.resolve(import.meta.dirname, "../../templates/campaigns");

const settings = z.strictObject({
  goal: z.number().int().positive(),
  opensAt: z.iso.date(),
  closesAt: z.iso.date(),
  asks: z.strictObject({ name: z.boolean(), updates: z.boolean() }),
  consentVersion: z.string().min(1),
  atRisk: z.array(z.string().length(2)),
  neutralSubject: z.boolean(),
  jurisdictions: z.array(z.enum(PARLIAMENTS.map((one) => one.jurisdiction))),
  firstBodies: z.array(z.string()),
  letters: z.strictObject({
    unreviewed: z.boolean(),
    server: z.boolean(),
    heldWords: z.array(z.string()),
  }),
  contact: z.string(),
  /** Shown while the campaign is marked as a demonstration. */
  demonstrationContact: z.string(),
});

const front = z.strictObject({
  title: z.string().min(1),
  summary: z.string().min(1),
  consent: z.string().min(1),
  runBy: z.string(),
});

/** Figures that texts use and nobody types: computed from the dates of templates/measures.json. */
export const COMPUTED: Record<string, string> = {
  gap_days: String(diamondGapDays()),
};

/** A text as an SQL literal. */
export const quote = (text: string) => `'${text.replaceAll("'", "''")}'`;

/** The slugs of the campaigns that come with the project. */
export function shippedCampaigns(): string[] {
  return readdirSync(folder);
}

/** A shipped campaign's texts, by locale, Markdown already HTML. */
export function readCampaignTexts(slug: string) {
  return readdirSync(path.join(folder, slug))
    .filter((file) => file.endsWith(".md"))
    .map((file) => {
      const { data, body } = splitFrontMatter(readFileSync(path.join(folder, slug, file), "utf8"));
      const markdown = fillHoles(body, COMPUTED);
      return {
        locale: path.basename(file, ".md"),
        ...front.parse(data),
        markdown,
        html: templateToHtml(markdown),
      };
    });
}

/**
 * SQL that puts a shipped campaign into D1 as a draft. What is there already stays as it is: after
 * the first time D1 is right. With `demonstration`, the campaign is opened and marked as one.
 */
export function campaignSql(
  slug: string,
  options: { sealingKey: string | null; demonstration: boolean },
): string {
  const data = settings.parse(
    JSON.parse(readFileSync(path.join(folder, slug, "campaign.json"), "utf8")),
  );
  const contact = options.demonstration ? data.demonstrationContact : data.contact;
  const values = [
    quote(slug),
    options.demonstration ? "'open'" : "'draft'",
    data.goal,
    Date.parse(data.opensAt),
    Date.parse(data.closesAt) + DAY,
    Number(data.asks.name),
    Number(data.asks.updates),
    quote(data.consentVersion),
    NEWEST_EMAIL_RULES,
    quote(JSON.stringify(data.atRisk)),
    options.sealingKey === null ? "NULL" : quote(options.sealingKey),
    Number(data.neutralSubject),
    quote(contact),
    Number(options.demonstration),
    quote(JSON.stringify(data.jurisdictions)),
    quote(JSON.stringify(data.firstBodies)),
    Number(data.letters.unreviewed),
    Number(data.letters.server),
    quote(JSON.stringify(data.letters.heldWords)),
    // Whoever seeds holds the key's file: the command has read both its halves.
    options.sealingKey === null || options.demonstration ? "NULL" : String(Date.now()),
  ];
  const texts = readCampaignTexts(slug).map((text) =>
    [
      slug,
      text.locale,
      text.title,
      text.summary,
      text.consent,
      text.runBy,
      text.markdown,
      text.html,
    ]
      .map(quote)
      .join(", "),
  );
  return [
    `INSERT INTO campaigns (slug, status, goal, opens_at, closes_at, asks_name, asks_updates, consent_version, email_rules, at_risk, sealing_key, neutral_subject, contact, demonstration, jurisdictions, first_bodies, unreviewed_letters, server_letters, held_words, keys_proved_at) VALUES (${values.join(", ")}) ON CONFLICT (slug) DO NOTHING;`,
    ...texts.map(
      (row) =>
        `INSERT INTO campaign_texts (campaign, locale, title, summary, consent, run_by, markdown, html, renderer) VALUES (${row}, ${RENDERER}) ON CONFLICT (campaign, locale) DO NOTHING;`,
    ),
  ].join("\n");
}
